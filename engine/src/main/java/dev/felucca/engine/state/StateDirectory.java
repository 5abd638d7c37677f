package dev.felucca.engine.state;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;

/**
 * A directory with one JSON file per thing, each replaced whole and marked {@code "version": 1}.
 * Writers of the same name are the caller's to keep apart. Fields that a caller doesn't know are
 * its to carry over: it is handed the tree as it stands on disk.
 */
public final class StateDirectory {
  private static final int VERSION = 1;
  private static final String SUFFIX = ".json";
  private static final ObjectMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(200).build())
                  .build())
          .build();

  private final Path directory;

  public StateDirectory(Path directory) throws IOException {
    this.directory = Files.createDirectories(directory);
  }

  /** An empty tree to fill. */
  public static ObjectNode tree() {
    return JSON.createObjectNode();
  }

  /**
   * Reads every file, by name. One that doesn't parse, or that a newer engine wrote, is moved aside
   * to {@code NAME.json.damaged-N} and told to {@code damaged} with the reason; it is never deleted.
   */
  public Map<String, ObjectNode> readAll(BiConsumer<Path, String> damaged) throws IOException {
    try (var leftovers = Files.newDirectoryStream(directory, ".*.next")) {
      for (Path leftover : leftovers) {
        Files.delete(leftover);
      }
    }
    List<Path> files = new ArrayList<>();
    try (var entries = Files.newDirectoryStream(directory, "*" + SUFFIX)) {
      entries.forEach(files::add);
    }
    Map<String, ObjectNode> found = new TreeMap<>();
    for (Path file : files) {
      String name = file.getFileName().toString();
      try {
        if (!(JSON.readTree(Files.readAllBytes(file)) instanceof ObjectNode node)) {
          throw new JsonProcessingException("not a JSON object") {};
        }
        if (node.path("version").asInt() != VERSION) {
          throw new JsonProcessingException("version " + node.path("version") + " is unknown") {};
        }
        found.put(name.substring(0, name.length() - SUFFIX.length()), node);
      } catch (JsonProcessingException e) {
        damaged.accept(moveAside(name), e.getOriginalMessage());
      }
    }
    return found;
  }

  /** Writes {@code NAME.json}; it is on disk when this returns. */
  public void write(String name, ObjectNode content) throws IOException {
    content.put("version", VERSION);
    DurableFiles.replace(file(name), JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(content));
  }

  /** Removes {@code NAME.json}; one that isn't there is no error. */
  public void remove(String name) throws IOException {
    if (Files.deleteIfExists(file(name))) {
      DurableFiles.syncDirectory(directory);
    }
  }

  /** Moves a file that parsed but makes no sense aside, as {@link #readAll} does. */
  public Path moveAside(String fileName) throws IOException {
    for (int n = 0; ; n++) {
      Path aside = directory.resolve(fileName + ".damaged-" + n);
      if (!Files.exists(aside)) {
        Files.move(directory.resolve(fileName), aside);
        DurableFiles.syncDirectory(directory);
        return aside;
      }
    }
  }

  private Path file(String name) {
    return directory.resolve(name + SUFFIX);
  }
}
