package dev.felucca.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Map;
import org.junit.jupiter.api.Test;

class PlatformTest {
  @Test
  void wordsAreSystemsOrProcessors() {
    String here = Platform.host().architecture();
    Map.of(
            "amd64", "linux/amd64",
            "x86_64", "linux/amd64",
            "ARM64", "linux/arm64",
            "linux", "linux/" + here,
            "macos", "darwin/" + here,
            "linux/anything", "linux/anything",
            "linux/arm/v7", "linux/arm/v7",
            "linux/arm64/v8", "linux/arm64")
        .forEach((text, read) -> assertEquals(read, Platform.parse(text).toString(), text));
  }

  @Test
  void whatIsNoneIsRefusedInDockersWords() {
    assertEquals(
        "\"foobar\": unknown operating system or architecture: invalid argument",
        refusal("foobar"));
    assertEquals(
        "\"a/b/c/d\": cannot parse platform specifier: invalid argument", refusal("a/b/c/d"));
    assertEquals(
        "\"\" is an invalid component of \"linux/\": platform specifier component must match"
            + " \"^[A-Za-z0-9_-]+$\": invalid argument",
        refusal("linux/"));
    assertEquals(
        "\"\" is an invalid OS component of \"/\": OSAndVersion specifier component must match"
            + " \"^([A-Za-z0-9_-]+)(?:\\\\(([A-Za-z0-9_.-]*)\\\\))?$\": invalid argument",
        refusal("/"));
  }

  private static String refusal(String text) {
    EngineException e = assertThrows(EngineException.class, () -> Platform.parse(text));
    assertEquals(EngineException.Kind.INVALID, e.kind());
    return e.getMessage();
  }
}
