package dev.felucca.registry.client;

import com.fasterxml.jackson.databind.JsonNode;
import dev.felucca.kernel.image.ImageReference;
import dev.felucca.kernel.transport.Credentials;
import dev.felucca.kernel.transport.SearchResult;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Looks for repositories: by a registry's search of version 1, else in its catalog. */
record Search(Requests requests, Endpoints endpoints, Sessions sessions) {
  List<SearchResult> find(String domain, String term, int limit, @Nullable Credentials who)
      throws IOException {
    boolean hub = domain.equals(ImageReference.DEFAULT_DOMAIN);
    URI base = hub ? URI.create("https://index.docker.io/") : endpoints.of(domain).base();
    URI uri =
        base.resolve(
            "v1/search?q=" + URLEncoder.encode(term, StandardCharsets.UTF_8) + "&n=" + limit);
    String basic = who == null ? null : Authorizations.basic(who);
    Answer answer =
        HttpDoor.read(
            requests.retrying("GET", uri, () -> requests.follow(uri, basic, b -> b.GET())));
    if (answer.status() == 200) {
      return results(answer);
    }
    if (hub || answer.status() >= 500) {
      throw new IOException("search on " + uri.getRawAuthority() + ": status " + answer.status());
    }
    return inCatalog(domain, term, limit, who);
  }

  private static List<SearchResult> results(Answer answer) throws IOException {
    List<SearchResult> found = new ArrayList<>();
    for (JsonNode result : Json.parse(answer.body()).path("results")) {
      found.add(
          new SearchResult(
              result.path("name").asText(),
              result.path("description").asText(""),
              result.path("star_count").asInt(),
              result.path("is_official").asBoolean(),
              result.path("is_automated").asBoolean()));
    }
    return found;
  }

  private List<SearchResult> inCatalog(
      String domain, String term, int limit, @Nullable Credentials who) throws IOException {
    Pages pages =
        new Pages(
            sessions.toList(domain, who),
            new ImageReference(domain, "catalog", null, null),
            "_catalog?n=1000");
    List<SearchResult> found = new ArrayList<>();
    for (int n = 0; n < Pages.MOST && found.size() < limit; n++) {
      JsonNode page = pages.next();
      if (page == null) {
        break;
      }
      for (JsonNode name : page.path("repositories")) {
        if (name.asText().contains(term) && found.size() < limit) {
          // With its registry, so that it can be pulled by this name.
          found.add(new SearchResult(domain + "/" + name.asText(), "", 0, false, false));
        }
      }
    }
    return found;
  }
}
