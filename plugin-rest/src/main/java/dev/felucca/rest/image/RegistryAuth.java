package dev.felucca.rest.image;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.transport.Credentials;
import dev.felucca.rest.json.JsonIn;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/** The header {@code X-Registry-Auth}. */
final class RegistryAuth {
  private RegistryAuth() {}

  /** Null for none, and for what can't be read: Docker pulls anonymously then. */
  static @Nullable Credentials read(@Nullable String header) {
    if (header == null || header.isEmpty()) {
      return null;
    }
    try {
      byte[] json =
          Base64.getUrlDecoder().decode(header.strip().replace('+', '-').replace('/', '_'));
      JsonIn in = JsonIn.parse(json);
      String name = filled(in.textOrNull("username"));
      String password = filled(in.textOrNull("password"));
      String both = filled(in.textOrNull("auth"));
      if (name == null && both != null) {
        String[] parts =
            new String(Base64.getDecoder().decode(both), StandardCharsets.UTF_8).split(":", 2);
        name = parts[0];
        password = parts.length > 1 ? parts[1] : null;
      }
      String identity = filled(in.textOrNull("identitytoken"));
      String registry = filled(in.textOrNull("registrytoken"));
      return name == null && identity == null && registry == null
          ? null
          : new Credentials(name, password, identity, registry);
    } catch (IllegalArgumentException | EngineException e) {
      return null;
    }
  }

  private static @Nullable String filled(@Nullable String text) {
    return text == null || text.isEmpty() ? null : text;
  }
}
