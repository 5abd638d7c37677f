package dev.felucca.engine.state;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A file with one UUID in it, as text. */
public final class IdFile {
  private static final Logger LOG = LoggerFactory.getLogger(IdFile.class);
  private static final Pattern UUID = Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");

  private IdFile() {}

  /** Empty where there is none; one that makes no sense is moved aside, and as good as none. */
  public static Optional<String> read(Path file) throws IOException {
    String why;
    try {
      // Any byte is a character of this one.
      String text = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).strip();
      if (UUID.matcher(text).matches()) {
        return Optional.of(text);
      }
      why = "it holds no UUID";
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      if (Aside.isReadersTrouble(e)) {
        throw e;
      }
      why = String.valueOf(e.getMessage());
    }
    LOG.error("{} is damaged and was moved to {}: {}", file, Aside.move(file).getFileName(), why);
    return Optional.empty();
  }

  public static void write(Path file, String id) throws IOException {
    DurableFiles.replace(file, (id + "\n").getBytes(StandardCharsets.US_ASCII));
  }
}
