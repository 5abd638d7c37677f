package dev.felucca.shell;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.felucca.kernel.image.ImageReference;
import dev.felucca.kernel.transport.Credentials;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Iterator;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Whom a registry knows the person as, found and kept as docker does: a helper for this registry, a
 * helper for all, the file itself, the old file.
 */
final class Logins {
  private static final String HUB = "https://index.docker.io/v1/";
  private static final String TOKEN = "<token>";

  private final NearConfig near;

  Logins(NearConfig near) {
    this.near = near;
  }

  /** The name under which clients keep a registry. */
  static String key(String domain) {
    return domain.isEmpty()
            || domain.equals(ImageReference.DEFAULT_DOMAIN)
            || domain.equals("index.docker.io")
        ? HUB
        : domain.replaceFirst("^https?://", "").replaceFirst("/.*$", "");
  }

  /** Null when there are none, or nobody to ask. */
  @Nullable Credentials of(String domain) throws IOException {
    if (!near.isThere()) {
      return null;
    }
    String key = key(domain);
    ObjectNode config = near.read("config.json");
    String helper = helper(config, key);
    if (helper != null) {
      return fromHelper(helper, key);
    }
    JsonNode entry = entry(config.path("auths"), key);
    return read(entry == null ? entry(near.read(".dockercfg"), key) : entry);
  }

  private static @Nullable String helper(ObjectNode config, String key) {
    String own = config.path("credHelpers").path(key).asText("");
    String all = own.isEmpty() ? config.path("credsStore").asText("") : own;
    return all.isEmpty() ? null : all;
  }

  private @Nullable Credentials fromHelper(String helper, String key) throws IOException {
    NearConfig.Answer answer = near.helper(helper, "get", key);
    if (!answer.good()) {
      if (answer.text().contains("credentials not found")) {
        return null;
      }
      throw new IOException("docker-credential-" + helper + ": " + answer.text());
    }
    ObjectNode found = NearConfig.parse(answer.content());
    String name = found.path("Username").asText("");
    String secret = found.path("Secret").asText("");
    return name.equals(TOKEN)
        ? new Credentials(null, null, secret, null)
        : new Credentials(name, secret, null, null);
  }

  /** By its name, or by an address that old clients kept in its place. */
  private static @Nullable JsonNode entry(JsonNode auths, String key) {
    if (auths.path(key).isObject()) {
      return auths.path(key);
    }
    for (Iterator<Map.Entry<String, JsonNode>> all = auths.fields(); all.hasNext(); ) {
      Map.Entry<String, JsonNode> one = all.next();
      if (!key.equals(HUB) && one.getValue().isObject() && key(one.getKey()).equals(key)) {
        return one.getValue();
      }
    }
    return null;
  }

  private static @Nullable Credentials read(@Nullable JsonNode entry) throws IOException {
    if (entry == null) {
      return null;
    }
    String identity = entry.path("identitytoken").asText("");
    String registry = entry.path("registrytoken").asText("");
    String pair;
    try {
      pair =
          new String(
              Base64.getDecoder().decode(entry.path("auth").asText("")), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw new IOException("the docker client's configuration has an auth that is no base64", e);
    }
    int colon = pair.indexOf(':');
    String name = colon > 0 ? pair.substring(0, colon) : null;
    if (name == null && identity.isEmpty() && registry.isEmpty()) {
      return null;
    }
    return new Credentials(
        name,
        name == null ? null : pair.substring(colon + 1).replaceFirst("\0+$", ""),
        identity.isEmpty() ? null : identity,
        registry.isEmpty() ? null : registry);
  }

  /** Keeps what the registry has accepted. */
  void keep(String domain, Credentials who) throws IOException {
    String key = key(domain);
    ObjectNode config = near.read("config.json");
    String identity = who.identityToken();
    String helper = helper(config, key);
    ObjectNode entry = NearConfig.object();
    if (helper != null) {
      ObjectNode kept =
          NearConfig.object()
              .put("ServerURL", key)
              .put("Username", identity == null ? who.username() : TOKEN)
              .put("Secret", identity == null ? who.password() : identity);
      NearConfig.Answer answer = near.helper(helper, "store", kept.toString());
      if (!answer.good()) {
        throw new IOException("docker-credential-" + helper + ": " + answer.text());
      }
    } else {
      String pair = who.username() + ":" + (identity == null ? who.password() : "");
      entry.put("auth", Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8)));
      if (identity != null) {
        entry.put("identitytoken", identity);
      }
    }
    config.withObjectProperty("auths").set(key, entry);
    near.write(config);
  }

  /** Forgets it; false when there was nothing. */
  boolean forget(String domain) throws IOException {
    String key = key(domain);
    ObjectNode config = near.read("config.json");
    String helper = helper(config, key);
    boolean there = config.path("auths").has(key);
    if (helper != null) {
      NearConfig.Answer answer = near.helper(helper, "erase", key);
      if (!answer.good() && !answer.text().contains("credentials not found")) {
        throw new IOException("docker-credential-" + helper + ": " + answer.text());
      }
    }
    if (there) {
      config.withObjectProperty("auths").remove(key);
      near.write(config);
    }
    return there || helper != null;
  }
}
