package dev.felucca.rest.image;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.felucca.kernel.image.ProgressListener.Progress;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ProgressJsonTest {
  @Test
  void sizesHaveFourDigits() {
    assertEquals("0B", ProgressJson.size(0));
    assertEquals("999B", ProgressJson.size(999));
    assertEquals("1kB", ProgressJson.size(1000));
    assertEquals("1.234MB", ProgressJson.size(1_234_499));
    assertEquals("150MB", ProgressJson.size(150_000_000));
  }

  @Test
  void barsAreDrawn() {
    assertEquals(
        "[=========================>                         ]      50B/100B",
        ProgressJson.bar(50, 100));
    assertEquals("   1.5kB", ProgressJson.bar(1500, -1));
  }

  @Test
  void linesEndAsTheCliExpects() {
    assertEquals(
        "{\"status\":\"Downloading\",\"progressDetail\":{\"current\":50,\"total\":100},\"progress\":"
            + "\"[=========================>                         ]      50B/100B\",\"id\":\"abc\"}\r\n",
        text(ProgressJson.of(new Progress("abc", "Downloading", 50, 100))));
    assertEquals(
        "{\"status\":\"Digest: x\"}\r\n", text(ProgressJson.of(Progress.line("Digest: x"))));
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
