package dev.felucca.logging;

import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.jspecify.annotations.Nullable;

/**
 * A file that is moved aside when it is full: {@code felucca.log}, and older ones with a number.
 */
final class LogFile implements Sink {
  private static final int OLDER = 3;

  private final Path file;
  private final long full;
  private @Nullable FileOutputStream out;
  private long size;

  /**
   * @param full bytes from which on the next line begins a new file
   */
  LogFile(Path file, long full) {
    this.file = file;
    this.full = full;
  }

  @Override
  public synchronized void write(String lines) {
    try {
      FileOutputStream to = open();
      byte[] bytes = lines.getBytes(StandardCharsets.UTF_8);
      to.write(bytes);
      size += bytes.length;
      if (size >= full) {
        close();
        moveAside();
      }
    } catch (IOException e) {
      close();
      Sink.STANDARD_ERROR.write("felucca: cannot write " + file + ": " + e.getMessage() + "\n");
      Sink.STANDARD_ERROR.write(lines);
    }
  }

  // No channel: a thread that is interrupted would close it by logging.
  private FileOutputStream open() throws IOException {
    FileOutputStream known = out;
    if (known == null) {
      Files.createDirectories(file.getParent());
      known = new FileOutputStream(file.toFile(), true);
      out = known;
      size = Files.size(file);
    }
    return known;
  }

  private void moveAside() throws IOException {
    for (int number = OLDER; number > 0; number--) {
      Path older = number == 1 ? file : numbered(number - 1);
      if (Files.exists(older)) {
        Files.move(older, numbered(number), StandardCopyOption.REPLACE_EXISTING);
      }
    }
  }

  /** {@code felucca.2.log}. */
  private Path numbered(int number) {
    String name = file.getFileName().toString();
    int dot = name.lastIndexOf('.');
    return file.resolveSibling(name.substring(0, dot) + "." + number + name.substring(dot));
  }

  @Override
  public synchronized void close() {
    FileOutputStream known = out;
    out = null;
    if (known != null) {
      try {
        known.close();
      } catch (IOException e) {
        Sink.STANDARD_ERROR.write("felucca: closing " + file + ": " + e.getMessage() + "\n");
      }
    }
  }
}
