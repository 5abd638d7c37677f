package dev.felucca.rest.http;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.kernel.EngineException;
import dev.felucca.rest.json.JsonIn;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A whole request.
 *
 * @param names what the route's placeholders stand for
 */
public record Request(
    String method,
    String path,
    ApiVersion version,
    Map<String, String> names,
    Query query,
    HttpHeaders headers,
    byte[] body) {

  /** What a placeholder of the route stands for; a leading slash, as in names, is dropped. */
  public String name(String placeholder) {
    String name = names.getOrDefault(placeholder, "");
    return name.startsWith("/") ? name.substring(1) : name;
  }

  public @Nullable String header(String name) {
    return headers.get(name);
  }

  /** The body as JSON; an empty one is an empty object, another content type is INVALID. */
  public JsonIn json() {
    String type = headers.get("Content-Type");
    if (body.length > 0 || type != null) {
      String media = type == null ? "" : type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
      if (media.isEmpty()) {
        throw new EngineException(INVALID, "malformed Content-Type header (): mime: no media type");
      }
      if (!media.equals("application/json")) {
        throw new EngineException(
            INVALID, "unsupported Content-Type header (" + type + "): must be 'application/json'");
      }
    }
    return JsonIn.parse(body);
  }

  public Map<String, List<String>> filters() {
    return JsonIn.filters(query.get("filters"));
  }
}
