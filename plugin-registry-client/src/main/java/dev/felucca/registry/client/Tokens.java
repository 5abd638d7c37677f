package dev.felucca.registry.client;

import static dev.felucca.kernel.EngineException.Kind.UNAUTHORIZED;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.transport.Credentials;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Bearer tokens, as the distribution project's "token authentication" documents describe them; each
 * is kept until it expires.
 */
final class Tokens {
  private static final String CLIENT = "felucca";
  private static final Duration EARLY = Duration.ofSeconds(10);

  private record Key(String realm, String service, String scope, @Nullable Credentials who) {}

  private record Token(String value, Instant expires, @Nullable String refresh) {}

  private final Requests requests;
  private final HttpDoor door;
  private final RegistrySettings settings;
  private final Clock clock;
  private final Map<Key, Token> kept = new ConcurrentHashMap<>();

  Tokens(Requests requests, HttpDoor door, RegistrySettings settings, Clock clock) {
    this.requests = requests;
    this.door = door;
    this.settings = settings;
    this.clock = clock;
  }

  /** A token for {@code scope}; two callers may ask the server twice, which does no harm. */
  String token(Challenge challenge, String scope, @Nullable Credentials who) throws IOException {
    Key key = key(challenge, scope, who);
    Token token = kept.get(key);
    if (token == null || !clock.instant().isBefore(token.expires())) {
      Instant now = clock.instant();
      kept.values().removeIf(old -> !now.isBefore(old.expires()));
      token = fetch(key, false);
      kept.put(key, token);
    }
    return token.value();
  }

  /** Drops a token that the registry didn't accept. */
  void forget(Challenge challenge, String scope, @Nullable Credentials who) {
    kept.remove(key(challenge, scope, who));
  }

  /**
   * Proves the credentials without any scope; answers a refresh token when the server gives one.
   */
  @Nullable String login(Challenge challenge, Credentials who) throws IOException {
    return fetch(key(challenge, "", who), true).refresh();
  }

  private static Key key(Challenge challenge, String scope, @Nullable Credentials who) {
    Map<String, String> parameters = challenge.parameters();
    return new Key(
        parameters.getOrDefault("realm", ""), parameters.getOrDefault("service", ""), scope, who);
  }

  private Token fetch(Key key, boolean offline) throws IOException {
    URI realm = realm(key);
    Credentials who = key.who();
    HttpResponse<InputStream> response;
    if (who != null && who.identityToken() != null) {
      String form =
          "grant_type=refresh_token"
              + parameter("service", key.service())
              + parameter("client_id", CLIENT)
              + parameter("scope", key.scope())
              + parameter("refresh_token", who.identityToken());
      HttpRequest request =
          door.request(realm)
              .header("Content-Type", "application/x-www-form-urlencoded")
              .POST(HttpRequest.BodyPublishers.ofString(form))
              .build();
      response = requests.retrying("POST", realm, () -> door.send(request));
    } else {
      String basic = who == null ? null : Authorizations.basic(who);
      String query =
          parameter("service", key.service())
              + scopes(key.scope())
              + (basic == null || who == null ? "" : parameter("account", who.username()))
              + (offline
                  ? parameter("offline_token", "true") + parameter("client_id", CLIENT)
                  : "");
      URI uri = withQuery(realm, query);
      response = requests.retrying("GET", uri, () -> requests.follow(uri, basic, b -> b.GET()));
    }
    return read(HttpDoor.read(response));
  }

  /** Several scopes are one parameter each here, and one with spaces in a form. */
  private static String scopes(String scopes) {
    StringBuilder all = new StringBuilder();
    for (String scope : scopes.split(" ")) {
      all.append(parameter("scope", scope));
    }
    return all.toString();
  }

  private URI realm(Key key) throws IOException {
    URI realm;
    try {
      realm = URI.create(key.realm());
    } catch (IllegalArgumentException e) {
      throw new IOException("registry names a token server that is no address", e);
    }
    boolean plain = "http".equals(realm.getScheme());
    if (realm.getHost() == null
        || !(plain || "https".equals(realm.getScheme()))
        || (plain && !settings.plainAllowed(realm.getRawAuthority()))) {
      throw new IOException("token server " + key.realm() + " can't be asked safely");
    }
    return realm;
  }

  private Token read(Answer answer) throws IOException {
    JsonNode json;
    try {
      json = Json.parse(answer.body());
    } catch (JsonProcessingException e) {
      if (answer.status() == 200) {
        throw new IOException("token server " + host(answer) + " answered with no JSON", e);
      }
      json = com.fasterxml.jackson.databind.node.MissingNode.getInstance();
    }
    if (answer.status() != 200) {
      throw refused(answer, json);
    }
    String value = json.path("token").asText(json.path("access_token").asText(""));
    if (value.isEmpty()) {
      throw new IOException("token server " + host(answer) + " answered without a token");
    }
    Duration life = Duration.ofSeconds(Math.max(60, json.path("expires_in").asLong(60)));
    String refresh = json.path("refresh_token").asText("");
    return new Token(
        value, clock.instant().plus(life).minus(EARLY), refresh.isEmpty() ? null : refresh);
  }

  private static EngineException refused(Answer answer, JsonNode json) {
    String details = json.path("errors").path(0).path("message").asText("");
    details = details.isEmpty() ? json.path("details").asText("") : details;
    if (answer.status() == 401 || answer.status() == 403 || answer.status() == 400) {
      return new EngineException(
          UNAUTHORIZED,
          "unauthorized: " + (details.isEmpty() ? "authentication required" : details));
    }
    return new EngineException(
        EngineException.Kind.UNREACHABLE,
        "failed to fetch a token from " + host(answer) + ": status " + answer.status());
  }

  private static String host(Answer answer) {
    return answer.uri().getRawAuthority();
  }

  private static String parameter(String name, @Nullable String value) {
    return value == null || value.isEmpty()
        ? ""
        : "&" + name + "=" + URLEncoder.encode(value, StandardCharsets.UTF_8);
  }

  private static URI withQuery(URI uri, String parameters) {
    if (parameters.isEmpty()) {
      return uri;
    }
    return URI.create(
        uri + (uri.getRawQuery() == null ? "?" + parameters.substring(1) : parameters));
  }
}
