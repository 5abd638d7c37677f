package dev.felucca.registry.client;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.transport.Credentials;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Requests to one registry with one scope, authorised as it asks. */
final class Session {
  private final Requests requests;
  private final Endpoints endpoints;
  private final Authorizations authorizations;
  private final Endpoints.Endpoint endpoint;
  private final String scope;
  private final @Nullable Credentials who;

  Session(
      Requests requests,
      Endpoints endpoints,
      Authorizations authorizations,
      Endpoints.Endpoint endpoint,
      String scope,
      @Nullable Credentials who) {
    this.requests = requests;
    this.endpoints = endpoints;
    this.authorizations = authorizations;
    this.endpoint = endpoint;
    this.scope = scope;
    this.who = who;
  }

  URI at(String path) {
    return endpoint.at(path);
  }

  /** Sends a GET or HEAD that is safe to repeat; the answer may have any status. */
  HttpResponse<InputStream> ask(String path, UnaryOperator<HttpRequest.Builder> shape)
      throws IOException {
    URI uri = at(path);
    String method = shape.apply(HttpRequest.newBuilder(uri)).build().method();
    try {
      return requests.retrying(
          method, uri, () -> authorised(header -> requests.follow(uri, header, shape)));
    } catch (EngineException e) {
      if (e.kind() == EngineException.Kind.UNREACHABLE) {
        endpoints.forget(endpoint);
      }
      throw e;
    }
  }

  /** One request that is given the Authorization header to send. */
  interface Authorised {
    HttpResponse<InputStream> send(@Nullable String header) throws IOException;
  }

  /** Sends it, and once more with what the answer asks for when that is 401. */
  HttpResponse<InputStream> authorised(Authorised request) throws IOException {
    List<Challenge> asked = endpoint.challenges();
    String header = authorizations.header(asked, scope, who);
    HttpResponse<InputStream> response = request.send(header);
    if (response.statusCode() != 401 || (who != null && who.registryToken() != null)) {
      return response;
    }
    if (!Requests.sameOrigin(endpoint.base(), response.uri())) {
      return response; // where blobs are stored has no say in whom our credentials are shown to
    }
    List<Challenge> now = Challenge.parse(response.headers().allValues("WWW-Authenticate"));
    if (now.isEmpty() || (header != null && header.startsWith("Basic "))) {
      return response;
    }
    authorizations.forget(now, scope, who);
    String fresh;
    try {
      fresh = authorizations.header(now, scope, who);
    } catch (IOException | RuntimeException e) {
      response.body().close();
      throw e;
    }
    if (fresh == null || fresh.equals(header)) {
      return response;
    }
    response.body().close();
    return request.send(fresh);
  }
}
