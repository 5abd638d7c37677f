package dev.felucca.registry.client;

import com.fasterxml.jackson.databind.JsonNode;
import dev.felucca.kernel.image.ImageReference;
import java.io.IOException;
import java.net.URI;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A list that a registry gives page by page, each with a link to the next. */
final class Pages {
  /** Whoever has more is leading us on. */
  static final int MOST = 1000;

  private static final Pattern NEXT = Pattern.compile("<([^>]*)>\\s*;.*rel=\"?next\"?.*");

  private final Session session;
  private final ImageReference about;
  private @Nullable String path;

  /**
   * @param about what is listed, for the words of a refusal
   * @param path of the first page, under {@code /v2/}
   */
  Pages(Session session, ImageReference about, String path) {
    this.session = session;
    this.about = about;
    this.path = path;
  }

  /** Null after the last. */
  @Nullable JsonNode next() throws IOException {
    String here = path;
    if (here == null) {
      return null;
    }
    Answer answer = HttpDoor.read(session.ask(here, b -> b.GET()));
    if (answer.status() != 200) {
      throw RegistryErrors.of(answer, about);
    }
    path = after(answer);
    return Json.parse(answer.body());
  }

  /** Pages of another host are not followed. */
  private @Nullable String after(Answer answer) throws IOException {
    Matcher link = NEXT.matcher(answer.header("Link", ""));
    if (!link.matches()) {
      return null;
    }
    URI to = answer.uri().resolve(link.group(1));
    String prefix = session.at("").toString();
    if (!to.toString().startsWith(prefix) || to.equals(answer.uri())) {
      throw new IOException(answer.uri() + " continues at " + to);
    }
    return to.toString().substring(prefix.length());
  }
}
