package dev.felucca.engine.state;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Files that cannot be read or make no sense: out of the engine's way, and kept for people. */
public final class Aside {
  private static final Logger LOG = LoggerFactory.getLogger(Aside.class);

  /** What follows the name of such a file; a number follows. */
  public static final String MARK = ".damaged-";

  private Aside() {}

  /** Moves what lies in a file's place to a name beside it, and answers that. */
  public static Path move(Path file) throws IOException {
    for (int n = 0; ; n++) {
      Path aside = file.resolveSibling(file.getFileName() + MARK + n);
      if (!Files.exists(aside, LinkOption.NOFOLLOW_LINKS)) {
        return Files.move(file, aside);
      }
    }
  }

  /** The path of a file that is written: a directory or a bad link there is moved aside. */
  public static Path plain(Path file) throws IOException {
    if (Files.exists(file, LinkOption.NOFOLLOW_LINKS) && !Files.isRegularFile(file)) {
      LOG.error("{} is no file and was moved to {}", file, move(file).getFileName());
    }
    return file;
  }

  /** As {@link #move}, for what {@code damage} was found of: that is what is thrown if it fails. */
  static Path move(Path file, Exception damage) throws IOException {
    try {
      return move(file);
    } catch (IOException e) {
      IOException stays =
          new IOException(file + " is damaged and cannot be moved aside: " + e.getMessage(), e);
      stays.addSuppressed(damage);
      throw stays;
    }
  }

  /**
   * True for a read that failed for the reader's sake: nothing is known of the file, which may be
   * as good as ever. All else, as a bad sector or a directory in its place, is the file's.
   */
  public static boolean isReadersTrouble(IOException failure) {
    String words = String.valueOf(failure.getMessage());
    return failure instanceof ClosedChannelException // by an interrupt, too
        || words.contains("Too many open files")
        || words.contains("Cannot allocate memory");
  }
}
