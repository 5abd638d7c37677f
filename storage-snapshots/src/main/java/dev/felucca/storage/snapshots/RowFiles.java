package dev.felucca.storage.snapshots;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.TRUNCATE_EXISTING;
import static java.nio.file.StandardOpenOption.WRITE;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.felucca.kernel.storage.SnapshotInfo;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The JSON files of a table, one per snapshot, each replaced whole. */
final class RowFiles {
  private static final Logger LOG = LoggerFactory.getLogger(RowFiles.class);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int VERSION = 1;
  private static final String SUFFIX = ".json";
  private static final String NEXT = ".next";
  private static final String DAMAGED = ".damaged-";

  private final Path directory;

  RowFiles(Path directory) {
    this.directory = directory;
  }

  static ObjectNode describe(SnapshotInfo info, @Nullable ObjectNode before) {
    ObjectNode json = before == null ? JSON.createObjectNode() : before.deepCopy();
    json.put("version", VERSION);
    json.put("key", info.key());
    json.put("kind", info.kind().name().toLowerCase(Locale.ROOT));
    json.put("created", info.created().toString());
    if (info.parent() == null) {
      json.remove("parent");
    } else {
      json.put("parent", info.parent());
    }
    return json;
  }

  /**
   * @param durable whether a power cut right after must not undo it
   */
  void write(SnapshotRow row, boolean durable) throws IOException {
    Path file = file(row);
    Path next = file.resolveSibling(row.directory() + NEXT);
    byte[] json = JSON.writeValueAsBytes(row.json());
    try (FileChannel out = FileChannel.open(next, CREATE, TRUNCATE_EXISTING, WRITE)) {
      for (ByteBuffer left = ByteBuffer.wrap(json); left.hasRemaining(); ) {
        out.write(left);
      }
      if (durable) {
        out.force(true);
      }
    } catch (IOException e) {
      try {
        Files.deleteIfExists(next);
      } catch (IOException left) {
        e.addSuppressed(left);
      }
      throw e;
    }
    Files.move(next, file, ATOMIC_MOVE);
    if (durable) {
      sync();
    }
  }

  void delete(SnapshotRow row, boolean durable) throws IOException {
    Files.deleteIfExists(file(row));
    if (durable) {
      sync();
    }
  }

  /** The names in the directory are on disk: without it a power cut brings old ones back. */
  private void sync() throws IOException {
    try (FileChannel names = FileChannel.open(directory, READ)) {
      names.force(true);
    }
  }

  /** All rows; a file that makes no sense is moved aside, a half-written one deleted. */
  List<SnapshotRow> load() throws IOException {
    List<SnapshotRow> rows = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      for (Path file : files) {
        String name = file.getFileName().toString();
        if (name.endsWith(NEXT)) {
          Files.delete(file);
        } else if (name.endsWith(SUFFIX) && Files.size(file) == 0) {
          // An active snapshot that a power cut met before its file was on disk.
          Files.delete(file);
        } else if (name.endsWith(SUFFIX)) {
          try {
            rows.add(read(file, name.substring(0, name.length() - SUFFIX.length())));
          } catch (IOException | RuntimeException e) {
            aside(file, e.getMessage());
          }
        }
      }
    }
    return rows;
  }

  /** Whether a file of that snapshot was moved aside, so that what is in it is to be kept. */
  boolean damaged(String snapshot) throws IOException {
    try (DirectoryStream<Path> files =
        Files.newDirectoryStream(directory, snapshot + SUFFIX + DAMAGED + "*")) {
      return files.iterator().hasNext();
    }
  }

  /** A file that cannot be used is kept for people to look at. */
  void aside(Path file, @Nullable String reason) throws IOException {
    Path aside = file.resolveSibling(file.getFileName() + DAMAGED + System.nanoTime());
    Files.move(file, aside);
    LOG.warn("snapshot file {} is damaged and was moved to {}: {}", file, aside, reason);
  }

  Path file(SnapshotRow row) {
    return directory.resolve(row.directory() + SUFFIX);
  }

  private static SnapshotRow read(Path file, String name) throws IOException {
    JsonNode tree = JSON.readTree(Files.readAllBytes(file));
    if (!(tree instanceof ObjectNode json) || json.path("version").asInt() != VERSION) {
      throw new IOException("not a snapshot file of version " + VERSION);
    }
    JsonNode parent = json.get("parent");
    SnapshotInfo info =
        new SnapshotInfo(
            SnapshotKeys.check(json.path("key").asText()),
            parent == null ? null : parent.asText(),
            SnapshotInfo.Kind.valueOf(json.path("kind").asText().toUpperCase(Locale.ROOT)),
            Instant.parse(json.path("created").asText()));
    return new SnapshotRow(Long.parseLong(name, Character.MAX_RADIX), info, json);
  }
}
