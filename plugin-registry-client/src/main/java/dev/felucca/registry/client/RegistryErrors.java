package dev.felucca.registry.client;

import static dev.felucca.kernel.EngineException.Kind.FORBIDDEN;
import static dev.felucca.kernel.EngineException.Kind.INTERNAL;
import static dev.felucca.kernel.EngineException.Kind.INVALID;
import static dev.felucca.kernel.EngineException.Kind.NOT_FOUND;
import static dev.felucca.kernel.EngineException.Kind.UNAUTHORIZED;
import static dev.felucca.kernel.EngineException.Kind.UNREACHABLE;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.image.ImageReference;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a registry refused, in the words that the docker CLI shows. */
final class RegistryErrors {
  private static final int LONGEST = 300;

  private RegistryErrors() {}

  /** An error of the distribution specification: a code such as MANIFEST_UNKNOWN, and a message. */
  private record Refusal(String code, String message) {
    String words() {
      return code.toLowerCase(Locale.ROOT).replace('_', ' ') + ": " + message;
    }
  }

  /** The exception for a response with an error status to a request about {@code reference}. */
  static EngineException of(Answer answer, ImageReference reference) {
    Refusal refusal = refusal(answer);
    if (refusal == null) {
      return plain(answer);
    }
    String words = refusal.words();
    return switch (refusal.code()) {
      case "DENIED" ->
          new EngineException(
              NOT_FOUND,
              "pull access denied for "
                  + reference.familiarName()
                  + ", repository does not exist or may require 'docker login': "
                  + words);
      case "MANIFEST_UNKNOWN" ->
          new EngineException(
              NOT_FOUND, "manifest for " + reference.familiar() + " not found: " + words);
      case "NAME_UNKNOWN" ->
          new EngineException(
              NOT_FOUND, "repository " + reference.familiarName() + " not found: " + words);
      case "UNAUTHORIZED" -> new EngineException(UNAUTHORIZED, words);
      default -> new EngineException(kind(answer.status()), words);
    };
  }

  private static EngineException plain(Answer answer) {
    String text = answer.text().replaceAll("\\s+", " ").strip();
    return new EngineException(
        kind(answer.status()),
        "unexpected status from "
            + answer.method()
            + " request to "
            + answer.uri()
            + ": "
            + answer.status()
            + (text.isEmpty() || text.startsWith("<") ? "" : ": " + shorten(text)));
  }

  private static @Nullable Refusal refusal(Answer answer) {
    // RFC 6750, 3.1: the header says more than the body, which is often just UNAUTHORIZED.
    Optional<Challenge> bearer = Challenge.of(answer.challenges(), "bearer");
    String error = bearer.map(c -> c.parameters().getOrDefault("error", "")).orElse("");
    if (error.equals("insufficient_scope")) {
      return new Refusal("DENIED", "requested access to the resource is denied");
    }
    JsonNode first = null;
    try {
      first = Json.parse(answer.body()).path("errors").path(0);
    } catch (JsonProcessingException e) {
      // Not the specification's form: proxies and old registries answer in HTML or plain text.
      if (answer.status() != 401 && answer.status() != 404) {
        return null;
      }
    }
    if (first != null && first.path("code").isTextual()) {
      String code = first.path("code").asText();
      String message = shorten(first.path("message").asText(""));
      return new Refusal(code, message.isEmpty() ? usual(code) : message);
    }
    return switch (answer.status()) {
      case 401 -> new Refusal("UNAUTHORIZED", usual("UNAUTHORIZED"));
      case 404 ->
          answer.uri().getPath().contains("/manifests/")
              ? new Refusal("MANIFEST_UNKNOWN", usual("MANIFEST_UNKNOWN"))
              : null;
      default -> null;
    };
  }

  private static String usual(String code) {
    return switch (code) {
      case "UNAUTHORIZED" -> "authentication required";
      case "DENIED" -> "requested access to the resource is denied";
      case "NAME_UNKNOWN" -> "repository name not known to registry";
      case "TOOMANYREQUESTS" -> "too many requests";
      default -> code.toLowerCase(Locale.ROOT).replace('_', ' ');
    };
  }

  private static EngineException.Kind kind(int status) {
    return switch (status) {
      case 400, 416 -> INVALID;
      case 401 -> UNAUTHORIZED;
      case 403 -> FORBIDDEN;
      case 404 -> NOT_FOUND;
      case 429, 502, 503, 504 -> UNREACHABLE;
      default -> INTERNAL;
    };
  }

  private static String shorten(String text) {
    String line = text.replaceAll("\\p{Cntrl}+", " ");
    return line.length() <= LONGEST ? line : line.substring(0, LONGEST) + "…";
  }
}
