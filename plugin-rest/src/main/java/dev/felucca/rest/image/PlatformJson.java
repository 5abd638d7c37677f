package dev.felucca.rest.image;

import dev.felucca.kernel.Platform;
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
    return new Platform(in.text("os"), in.text("architecture"), in.textOrNull("variant"));
  }

  static void write(JsonOut out, Platform platform) {
    out.text("architecture", platform.architecture())
        .text("os", platform.os())
        .textUnlessEmpty("variant", platform.variant());
  }
}
