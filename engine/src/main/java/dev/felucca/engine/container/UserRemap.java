package dev.felucca.engine.container;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.EngineException.Kind;
import dev.felucca.kernel.IdMapping;
import dev.felucca.kernel.IdMapping.Range;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who the users of containers are on the host, by the engine's setting: {@code default}, {@code
 * user[:group]} whose ranges are in {@code /etc/subuid} and {@code /etc/subgid}, or the ranges
 * themselves.
 */
final class UserRemap {
  /** Whom Docker means by {@code default}. */
  private static final String DEFAULT_USER = "dockremap";

  private final Path etc;

  UserRemap(Path etc) {
    this.etc = etc;
  }

  static UserRemap ofHost() {
    return new UserRemap(Path.of("/etc"));
  }

  /**
   * The mapping, or null where none is set.
   *
   * @throws EngineException UNAVAILABLE, with Docker's beginning, when there is none for it: no
   *     container is to run as the host's root for a mistake in a file
   */
  @Nullable IdMapping mapping(String setting) throws IOException {
    if (setting.isEmpty()) {
      return null;
    }
    try {
      return setting.contains("uids=")
          ? withRoot(IdMapping.parse(setting))
          : withRoot(ofUser(setting.equals("default") ? DEFAULT_USER : setting));
    } catch (EngineException e) {
      throw new EngineException(Kind.UNAVAILABLE, "Can't create ID mappings: " + e.getMessage(), e);
    }
  }

  private static IdMapping withRoot(IdMapping mapping) {
    mapping.rootUid();
    mapping.rootGid();
    return mapping;
  }

  private IdMapping ofUser(String setting) throws IOException {
    int colon = setting.indexOf(':');
    String user = name("passwd", colon < 0 ? setting : setting.substring(0, colon));
    String group = colon < 0 ? user : name("group", setting.substring(colon + 1));
    return new IdMapping(ranges("subuid", "user", user), ranges("subgid", "group", group));
  }

  /** A number is whose it is; a name is one itself, whether or not anybody has it. */
  private String name(String file, String nameOrNumber) throws IOException {
    if (!nameOrNumber.matches("[0-9]+")) {
      return nameOrNumber;
    }
    for (String[] line : lines(file)) {
      if (line.length > 2 && line[2].equals(nameOrNumber)) {
        return line[0];
      }
    }
    throw invalid("nobody has the number " + nameOrNumber + " in " + etc.resolve(file));
  }

  /** One after another, from the container's 0 on. */
  private List<Range> ranges(String file, String kind, String name) throws IOException {
    List<Range> ranges = new ArrayList<>();
    long inside = 0;
    for (String[] line : lines(file)) {
      if (line.length == 3 && line[0].equals(name)) {
        if (!line[1].matches("[0-9]{1,10}") || !line[2].matches("[0-9]{1,10}")) {
          throw invalid("line of " + name + " in " + etc.resolve(file) + " makes no sense");
        }
        Range range = new Range(inside, Long.parseLong(line[1]), Long.parseLong(line[2]));
        ranges.add(range);
        inside += range.length();
      }
    }
    if (ranges.isEmpty()) {
      throw invalid(
          "no %s ranges found for %s \"%s\" in %s".formatted(file, kind, name, etc.resolve(file)));
    }
    return ranges;
  }

  private List<String[]> lines(String file) throws IOException {
    Path path = etc.resolve(file);
    if (!Files.exists(path)) {
      return List.of();
    }
    return Files.readAllLines(path, StandardCharsets.ISO_8859_1).stream()
        .map(line -> line.strip().split(":", -1))
        .toList();
  }

  private static EngineException invalid(String message) {
    return new EngineException(Kind.INVALID, message);
  }
}
