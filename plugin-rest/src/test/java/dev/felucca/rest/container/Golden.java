package dev.felucca.rest.container;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Compares JSON with a file beside the test; {@code -Dgolden.write=DIR} writes it instead. */
final class Golden {
  private static final ObjectMapper MAPPER =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  private Golden() {}

  static void check(String name, byte[] json) throws IOException {
    String seen = MAPPER.writeValueAsString(MAPPER.readTree(json)) + "\n";
    String directory = System.getProperty("golden.write");
    if (directory != null) {
      Files.writeString(Path.of(directory, name), seen);
      return;
    }
    try (InputStream file = Golden.class.getResourceAsStream(name)) {
      if (file == null) {
        throw new IOException("no golden file " + name);
      }
      assertEquals(new String(file.readAllBytes(), StandardCharsets.UTF_8), seen, name);
    }
  }
}
