package dev.felucca.rest.image;

import static dev.felucca.kernel.EngineException.Kind.INVALID;
import static dev.felucca.kernel.EngineException.Kind.NOT_FOUND;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.Platform;
import dev.felucca.kernel.image.ImageDetails;
import dev.felucca.rest.http.Request;
import dev.felucca.rest.json.JsonIn;
import dev.felucca.rest.json.JsonOut;
import java.nio.charset.StandardCharsets;

/** The API's {@code Platform}: of OCI's descriptors, in lower case. */
final class PlatformJson {
  private PlatformJson() {}

  static Platform read(String text) {
    if (!text.startsWith("{")) {
      return Platform.parse(text);
    }
    JsonIn in = JsonIn.parse(text.getBytes(StandardCharsets.UTF_8));
    if (in.text("os").isEmpty() || in.text("architecture").isEmpty()) {
      throw new EngineException(INVALID, "both OS and Architecture must be provided");
    }
    return new Platform(in.text("os"), in.text("architecture"), in.textOrNull("variant"));
  }

  /** Refuses an image of another platform than {@code platform} asks for, since 1.{@code minor}. */
  static void check(ImageDetails image, Request request, int minor) {
    String asked = request.query().text("platform");
    if (!asked.isEmpty() && request.version().atLeast(minor)) {
      check(image, request.name("name"), read(asked));
    }
  }

  /** NOT_FOUND with Docker's words; a variant that isn't asked for is any. */
  static void check(ImageDetails image, String name, Platform asked) {
    Platform own = image.platform();
    if (!own.os().equals(asked.os())
        || !own.architecture().equals(asked.architecture())
        || (asked.variant() != null && !asked.variant().equals(own.variant()))) {
      throw new EngineException(
          NOT_FOUND,
          "image with reference "
              + name
              + " was found but its platform ("
              + own
              + ") does not match the specified platform ("
              + asked
              + ")");
    }
  }

  static void write(JsonOut out, Platform platform) {
    out.text("architecture", platform.architecture())
        .text("os", platform.os())
        .textUnlessEmpty("variant", platform.variant());
  }
}
