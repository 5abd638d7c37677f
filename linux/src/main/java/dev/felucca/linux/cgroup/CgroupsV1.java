package dev.felucca.linux.cgroup;

import dev.felucca.linux.Syscalls;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * A hierarchy for each controller. Groups are made in those that are needed for limits on devices,
 * for stats and for stopping; in others only when a limit asks for them, as each costs a system
 * call or five at every start.
 */
final class CgroupsV1 implements Cgroups {
  private static final List<String> ALWAYS =
      List.of("devices", "freezer", "pids", "memory", "cpuacct", "blkio");

  private final Syscalls linux;
  private final CgroupFiles files;
  private final Map<String, Path> mounts;
  private final List<Path> tracked;

  /**
   * @param tracked hierarchies without controllers that systemd watches
   */
  CgroupsV1(Syscalls linux, CgroupFiles files, Map<String, Path> mounts, List<Path> tracked) {
    this.linux = linux;
    this.files = files;
    this.mounts = new TreeMap<>(mounts);
    this.tracked = List.copyOf(tracked);
  }

  @Override
  public int version() {
    return 1;
  }

  @Override
  public Set<String> controllers() {
    return mounts.keySet().stream()
        .filter(name -> !name.startsWith("name="))
        .collect(Collectors.toUnmodifiableSet());
  }

  @Override
  public Set<Ability> abilities(String parent) throws IOException {
    // A name below it that is never made: making a group makes its parents.
    CgroupV1 below = group(parent, "x");
    Set<Ability> found = EnumSet.noneOf(Ability.class);
    for (Map.Entry<Ability, AbilityFiles.Needed> each : AbilityFiles.V1.entrySet()) {
      String controller = each.getValue().controller();
      if (!mounts.containsKey(controller)) continue;
      Path directory = below.makeParent(controller);
      if (each.getValue().anyOf().stream()
          .anyMatch(file -> files.exists(directory.resolve(file)))) {
        found.add(each.getKey());
      }
    }
    return found;
  }

  @Override
  public String cpus() throws IOException {
    return set("cpuset.cpus");
  }

  @Override
  public String memoryNodes() throws IOException {
    return set("cpuset.mems");
  }

  private String set(String file) throws IOException {
    Path mount = mounts.get("cpuset");
    return mount == null ? "" : files.read(mount.resolve(file));
  }

  @Override
  public Cgroup create(String parent, String id, CgroupLimits limits) throws IOException {
    CgroupV1 group = group(parent, id);
    if (group.exists()) throw new FileAlreadyExistsException(group.path());
    try {
      for (String controller : ALWAYS) {
        if (mounts.containsKey(controller)) group.make(controller);
      }
      group.makeTracked();
      group.update(limits);
    } catch (IOException | RuntimeException e) {
      group.undo(e);
      throw e;
    }
    return group;
  }

  @Override
  public Optional<Cgroup> adopt(String parent, String id) {
    CgroupV1 group = group(parent, id);
    return group.exists() ? Optional.of(group) : Optional.empty();
  }

  private CgroupV1 group(String parent, String id) {
    return new CgroupV1(linux, files, mounts, tracked, Parents.relative(parent, id));
  }
}
