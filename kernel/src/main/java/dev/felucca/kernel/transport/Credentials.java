package dev.felucca.kernel.transport;

import org.jspecify.annotations.Nullable;

/**
 * What a registry accepts as proof: a name and password, an identity (refresh) token, or a registry
 * (bearer) token.
 */
public record Credentials(
    @Nullable String username,
    @Nullable String password,
    @Nullable String identityToken,
    @Nullable String registryToken) {
  /** Never shows a secret. */
  @Override
  public String toString() {
    return "Credentials[" + (username == null ? "token" : username) + "]";
  }
}
