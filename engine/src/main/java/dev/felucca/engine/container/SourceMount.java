package dev.felucca.engine.container;

import static dev.felucca.kernel.EngineException.Kind.INTERNAL;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.MountPoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * The mount of the host that a bind's source is on, from {@code /proc/self/mountinfo}; see
 * mount_namespaces(7).
 *
 * @param tags {@code shared:N}, {@code master:N}
 */
record SourceMount(String place, List<String> tags) {
  /** Refuses, in Docker's words, to share what the host does not share. */
  static void requirePropagation(MountPoint mount) throws IOException {
    boolean shared = mount.propagation().endsWith("shared");
    if (!mount.type().equals("bind") || !(shared || mount.propagation().endsWith("slave"))) {
      return;
    }
    SourceMount on = of(Path.of(mount.source()).toRealPath(), Path.of("/proc/self/mountinfo"));
    if (on.is("shared:") || (!shared && on.is("master:"))) {
      return;
    }
    throw new EngineException(
        INTERNAL,
        "path "
            + mount.source()
            + " is mounted on "
            + on.place
            + " but it is not a "
            + (shared ? "shared mount" : "shared or slave mount"));
  }

  private boolean is(String tag) {
    return tags.stream().anyMatch(each -> each.startsWith(tag));
  }

  /** Of mounts on one place the last covers the others. */
  static SourceMount of(Path source, Path mountinfo) throws IOException {
    SourceMount found = new SourceMount("/", List.of());
    for (String line : Files.readAllLines(mountinfo)) {
      String[] fields = line.split(" ", -1);
      String place = fields[4].replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\");
      if (source.startsWith(place) && place.length() >= found.place.length()) {
        List<String> all = Arrays.asList(fields);
        found = new SourceMount(place, all.subList(6, all.indexOf("-")));
      }
    }
    return found;
  }
}
