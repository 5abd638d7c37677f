package dev.felucca.linux.cgroup;

import dev.felucca.linux.Syscalls;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** The unified hierarchy. */
final class CgroupsV2 implements Cgroups {
  /** Controllers that limits and stats need; others stay as the host has them. */
  private static final Set<String> WANTED =
      Set.of("cpu", "cpuset", "io", "memory", "pids", "hugetlb");

  /** Where members of a group go that has to become an inner one. */
  private static final String LEAF = "felucca-engine";

  private final Syscalls linux;
  private final CgroupFiles files;
  private final Path base;
  private final Set<String> offered;
  private final boolean swap;

  /**
   * @param swap whether the kernel accounts swap; the root group doesn't tell
   */
  CgroupsV2(Syscalls linux, CgroupFiles files, Path base, Set<String> offered, boolean swap) {
    this.linux = linux;
    this.files = files;
    this.base = base;
    this.offered = Set.copyOf(offered);
    this.swap = swap;
  }

  @Override
  public int version() {
    return 2;
  }

  @Override
  public Set<String> controllers() {
    return offered;
  }

  @Override
  public Set<Ability> abilities(String parent) throws IOException {
    Path directory = base.resolve(Parents.relative(parent, "x")).resolveSibling("");
    prepare(base.relativize(directory));
    Set<Ability> found = EnumSet.noneOf(Ability.class);
    for (Map.Entry<Ability, AbilityFiles.Needed> each : AbilityFiles.V2.entrySet()) {
      if (!offered.contains(each.getValue().controller())) continue;
      if (each.getValue().anyOf().stream()
          .anyMatch(file -> files.exists(directory.resolve(file)))) {
        found.add(each.getKey());
      }
    }
    if (!swap) found.remove(Ability.SWAP);
    return found;
  }

  @Override
  public String cpus() throws IOException {
    return set("cpuset.cpus.effective");
  }

  @Override
  public String memoryNodes() throws IOException {
    return set("cpuset.mems.effective");
  }

  private String set(String file) throws IOException {
    Path path = base.resolve(file);
    return files.exists(path) ? files.read(path) : "";
  }

  @Override
  public Cgroup create(String parent, String id, CgroupLimits limits) throws IOException {
    String name = Parents.relative(parent, id);
    Path directory = base.resolve(name);
    if (files.exists(directory)) throw new FileAlreadyExistsException("/" + name);
    prepare(base.relativize(directory.getParent()));
    files.mkdir(directory);
    CgroupV2 group = new CgroupV2(linux, files, directory, "/" + name);
    try {
      group.update(limits);
    } catch (IOException | RuntimeException e) {
      group.undo(e);
      throw e;
    }
    return group;
  }

  @Override
  public Optional<Cgroup> adopt(String parent, String id) {
    String name = Parents.relative(parent, id);
    Path directory = base.resolve(name);
    if (!files.exists(directory)) return Optional.empty();
    return Optional.of(new CgroupV2(linux, files, directory, "/" + name));
  }

  /** Makes the parents, each handing the controllers on to the next. */
  private void prepare(Path parents) throws IOException {
    Path directory = base;
    enable(directory);
    for (Path part : parents) {
      if (part.toString().isEmpty()) continue;
      directory = directory.resolve(part);
      if (!files.exists(directory)) {
        try {
          files.mkdir(directory);
        } catch (FileAlreadyExistsException e) {
          // Another start was faster; what follows repeats safely.
          enable(directory);
          continue;
        }
      }
      enable(directory);
    }
  }

  private void enable(Path directory) throws IOException {
    Set<String> missing = new TreeSet<>(words(directory.resolve("cgroup.controllers")));
    missing.retainAll(WANTED);
    missing.removeAll(words(directory.resolve("cgroup.subtree_control")));
    if (missing.isEmpty()) return;
    String value = "+" + String.join(" +", missing);
    try {
      files.write(directory.resolve("cgroup.subtree_control"), value);
    } catch (IOException e) {
      // "No internal processes": only the real root, which has no type, may have both.
      if (!files.exists(directory.resolve("cgroup.type"))) throw e;
      if (!evacuate(directory)) throw e;
      files.write(directory.resolve("cgroup.subtree_control"), value);
    }
  }

  private boolean evacuate(Path directory) throws IOException {
    List<String> members = files.lines(directory.resolve("cgroup.procs"));
    if (members.isEmpty()) return false;
    Path leaf = directory.resolve(LEAF);
    if (!files.exists(leaf)) files.mkdir(leaf);
    for (String pid : members) files.write(leaf.resolve("cgroup.procs"), pid);
    return true;
  }

  private Set<String> words(Path file) throws IOException {
    return new HashSet<>(Arrays.asList(files.read(file).split("\\s+")));
  }
}
