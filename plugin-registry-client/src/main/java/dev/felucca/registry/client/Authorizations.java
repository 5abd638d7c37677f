package dev.felucca.registry.client;

import static dev.felucca.kernel.EngineException.Kind.UNAUTHORIZED;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.transport.Credentials;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Turns what a registry asks for and what we were given into an Authorization header. */
final class Authorizations {
  private final Tokens tokens;

  Authorizations(Tokens tokens) {
    this.tokens = tokens;
  }

  /** The header's value, or null when the registry asks for nothing. */
  @Nullable String header(List<Challenge> challenges, String scope, @Nullable Credentials who)
      throws IOException {
    if (who != null && who.registryToken() != null) {
      return "Bearer " + who.registryToken();
    }
    Optional<Challenge> bearer = Challenge.of(challenges, "bearer");
    if (bearer.isPresent()) {
      return "Bearer " + tokens.token(bearer.get(), scope, who);
    }
    if (Challenge.of(challenges, "basic").isPresent()) {
      String basic = who == null ? null : basic(who);
      if (basic == null) {
        throw new EngineException(UNAUTHORIZED, "no basic auth credentials");
      }
      return basic;
    }
    return null;
  }

  void forget(List<Challenge> challenges, String scope, @Nullable Credentials who) {
    Challenge.of(challenges, "bearer").ifPresent(bearer -> tokens.forget(bearer, scope, who));
  }

  static @Nullable String basic(Credentials who) {
    if (who.username() == null || who.password() == null || who.username().isEmpty()) {
      return null;
    }
    String pair = who.username() + ":" + who.password();
    return "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
  }
}
