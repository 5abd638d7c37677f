package dev.felucca.rest.http;

import dev.felucca.kernel.EngineException;
import dev.felucca.rest.json.JsonOut;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a failure is to a client: the one table from kinds to status codes. */
public record Refusal(int status, String message) {
  private static final Logger LOG = LoggerFactory.getLogger(Refusal.class);
  private static final Pattern LINES = Pattern.compile("\\s*[\\r\\n]+\\s*");

  public static Refusal of(Throwable failure) {
    Throwable cause = unwrap(failure);
    if (cause instanceof EngineException refused) {
      return new Refusal(status(refused.kind()), words(refused));
    }
    if (cause instanceof java.io.IOException) {
      return new Refusal(500, words(cause));
    }
    LOG.error("a request failed", cause);
    return new Refusal(500, words(cause));
  }

  static int status(EngineException.Kind kind) {
    return switch (kind) {
      case INVALID -> 400;
      case UNAUTHORIZED -> 401;
      case FORBIDDEN -> 403;
      case NOT_FOUND -> 404;
      case CONFLICT -> 409;
      case NOT_MODIFIED -> 304;
      case UNAVAILABLE -> 503;
      case NOT_IMPLEMENTED -> 501;
      case INTERNAL, UNREACHABLE -> 500;
    };
  }

  /** {@code {"message": …}}. */
  public byte[] json() {
    return JsonOut.object(out -> out.text("message", message));
  }

  public static Throwable unwrap(Throwable failure) {
    Throwable cause = failure;
    while ((cause instanceof CompletionException || cause instanceof ExecutionException)
        && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause;
  }

  /** On one line, whatever a client, a registry or a program put into it. */
  private static String words(Throwable cause) {
    String message = cause.getMessage();
    return message == null || message.isEmpty()
        ? cause.getClass().getSimpleName()
        : LINES.matcher(message.strip()).replaceAll(" ");
  }
}
