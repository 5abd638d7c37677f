package dev.felucca.linux.cgroup;

import dev.felucca.linux.Fd;
import dev.felucca.linux.LinuxFiles;
import dev.felucca.linux.OpenFlag;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.Sysno;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Directories of the same name in several hierarchies. */
final class CgroupV1 implements Cgroup {
  private static final Duration FREEZE_TO_KILL = Duration.ofSeconds(1);
  private static final Duration UNDO = Duration.ofSeconds(1);
  private static final Duration JOIN = Duration.ofSeconds(5);
  private static final int EFD_CLOEXEC = 02000000;
  private static final int EFD_NONBLOCK = 04000;
  private static final int JOIN_ROUNDS = 20;

  private final Syscalls linux;
  private final CgroupFiles files;
  private final Map<String, Path> mounts;
  private final List<Path> tracked;
  private final String name;

  CgroupV1(
      Syscalls linux,
      CgroupFiles files,
      Map<String, Path> mounts,
      List<Path> tracked,
      String name) {
    this.linux = linux;
    this.files = files;
    this.mounts = mounts;
    this.tracked = tracked;
    this.name = name;
  }

  @Override
  public String path() {
    return "/" + name;
  }

  /** Every directory this group has, the one that lists its members first. */
  private Stream<Path> existing() {
    Set<Path> points = new LinkedHashSet<>();
    for (String first : List.of("freezer", "pids")) {
      if (mounts.containsKey(first)) points.add(mounts.get(first));
    }
    points.addAll(mounts.values());
    points.addAll(tracked);
    return points.stream().map(point -> point.resolve(name)).filter(files::exists);
  }

  private List<Path> directories() {
    return existing().toList();
  }

  boolean exists() {
    return existing().findFirst().isPresent();
  }

  @Override
  public List<Path> procsFiles() {
    return directories().stream().map(each -> each.resolve("cgroup.procs")).toList();
  }

  @Override
  public List<Path> joinFiles() {
    return directories().stream().map(each -> each.resolve("tasks")).toList();
  }

  @Override
  public Optional<Path> directory() {
    return Optional.empty();
  }

  /** Makes the directory in the controller's hierarchy, and its parents. */
  void make(String controller) throws IOException {
    Path mount = mounts.get(controller);
    if (mount == null) throw new IOException("cgroup controller " + controller + " is not mounted");
    make(mount);
  }

  void makeTracked() throws IOException {
    for (Path mount : tracked) make(mount);
  }

  private void make(Path mount) throws IOException {
    if (!files.exists(mount.resolve(name))) make(mount, Path.of(name));
  }

  /** Makes the group it is to be in, there. */
  Path makeParent(String controller) throws IOException {
    Path mount = mounts.get(controller);
    if (mount == null) throw new IOException("cgroup controller " + controller + " is not mounted");
    Path parent = Path.of(name).getParent();
    if (parent == null) return mount;
    make(mount, parent);
    return mount.resolve(parent);
  }

  private void make(Path mount, Path below) throws IOException {
    boolean cpuset = mount.equals(mounts.get("cpuset"));
    boolean memory = mount.equals(mounts.get("memory"));
    Path directory = mount;
    for (Path part : below) {
      directory = directory.resolve(part);
      if (!files.exists(directory)) {
        try {
          files.mkdir(directory);
        } catch (FileAlreadyExistsException e) {
          continue; // another start made the common parent
        }
        if (memory) hierarchical(directory);
      }
      if (cpuset) new V1Limits(files).inheritCpuset(directory);
    }
  }

  /** Before Linux 5.11 a memory group counted its children only on request. */
  private void hierarchical(Path directory) throws IOException {
    Path setting = directory.resolve("memory.use_hierarchy");
    if (files.exists(setting) && files.number(setting) == 0) files.write(setting, 1);
  }

  void undo(Throwable cause) {
    try {
      remove(UNDO);
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }

  @Override
  public void update(CgroupLimits limits) throws IOException {
    V1Limits writer = new V1Limits(files);
    if (!limits.devices().isEmpty()) {
      writer.devices(group("devices"), DevicePolicy.of(limits.devices()));
    }
    if (limits.memory().asked()) writer.memory(group("memory"), limits.memory());
    if (limits.cpu().askedTime()) writer.cpu(group("cpu"), limits.cpu());
    if (limits.cpu().askedSet()) writer.cpuset(group("cpuset"), limits.cpu());
    Long pids = limits.pids();
    if (pids != null) writer.pids(group("pids"), pids);
    if (limits.io().asked()) writer.io(group("blkio"), limits.io());
    if (!limits.hugetlb().isEmpty()) writer.hugetlb(group("hugetlb"), limits.hugetlb());
  }

  /** The directory there, joined by all members: a limit may be the first to ask for it. */
  private Path group(String controller) throws IOException {
    make(controller);
    Path directory = at(controller);
    // Also where it was there: who made it may have been killed before all had joined.
    if (!Members.await(JOIN, () -> joined(directory))) {
      throw new IOException("members of " + path() + " can't be moved to " + directory);
    }
    return directory;
  }

  /** Without a pause between the rounds, as members fork; false when they do so faster. */
  private boolean joined(Path directory) throws IOException {
    for (int round = 0; round < JOIN_ROUNDS; round++) {
      List<Integer> missing = new ArrayList<>(pids());
      if (!missing.isEmpty()) missing.removeAll(new HashSet<>(files.pids(directory)));
      if (missing.isEmpty()) return true;
      for (int pid : missing) {
        try {
          // One that is ending is passed over without an error, and is listed until it has.
          files.write(directory.resolve("cgroup.procs"), pid);
        } catch (IOException e) {
          if (pids().contains(pid)) throw e; // else it ended meanwhile
        }
      }
    }
    return false;
  }

  private Path at(String controller) {
    Path mount = mounts.get(controller);
    return (mount == null ? Path.of("/nonexistent") : mount).resolve(name);
  }

  private @Nullable Path freezerState() {
    Path state = at("freezer").resolve("freezer.state");
    return files.exists(state) ? state : null;
  }

  @Override
  public void freeze(Duration deadline) throws IOException {
    Path state = freezerState();
    if (state == null) throw new IOException("no freezer cgroup at " + path());
    // FREEZING can last when a member forks at the wrong moment: writing again helps.
    boolean frozen =
        Members.await(
            deadline,
            () -> {
              files.write(state, "FROZEN");
              return files.read(state).equals("FROZEN");
            });
    if (!frozen) {
      thaw();
      throw new IOException("freeze " + path() + ": not all members stopped in " + deadline);
    }
  }

  @Override
  public void thaw() throws IOException {
    Path state = freezerState();
    if (state != null) files.writeIfThere(state, "THAWED");
  }

  @Override
  public boolean frozen() throws IOException {
    try {
      return files.read(at("freezer").resolve("freezer.state")).equals("FROZEN");
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  @Override
  public void kill() throws IOException {
    try {
      killMembers();
    } catch (IOException e) {
      if (!pids().isEmpty()) throw e; // else it was removed meanwhile
    }
  }

  private void killMembers() throws IOException {
    List<Path> directories = directories();
    // Freezing is felt by every processor of the host, so not for a group that has ended by itself.
    if (directories.isEmpty() || pids().isEmpty()) return;
    if (freezerState() != null) {
      Path state = at("freezer").resolve("freezer.state");
      files.write(state, "FROZEN");
      // Not a must: a member in the kernel for long doesn't freeze, and doesn't fork either.
      Members.await(FREEZE_TO_KILL, () -> files.read(state).equals("FROZEN"));
    }
    try {
      Members.kill(linux, files, directories.get(0));
    } finally {
      thaw(); // v1 delivers the signal to a frozen task only now
    }
    Members.kill(linux, files, directories.get(0));
  }

  @Override
  public List<Integer> pids() throws IOException {
    Optional<Path> lists = existing().findFirst();
    return lists.isPresent() ? files.pids(lists.get()) : List.of();
  }

  @Override
  public CgroupStats stats() throws IOException {
    V1Stats reader = new V1Stats(files);
    return new CgroupStats(
        reader.cpu(at("cpuacct"), at("cpu")),
        reader.memory(at("memory")),
        reader.pids(at("pids")),
        reader.io(at("blkio")));
  }

  @Override
  public long oomKills() throws IOException {
    return files.table(at("memory").resolve("memory.oom_control")).getOrDefault("oom_kill", 0L);
  }

  @Override
  public MemoryWatch memoryWatch() throws IOException {
    Fd event = new Fd(linux, linux.check("eventfd", Sysno.EVENTFD2, 0, EFD_CLOEXEC | EFD_NONBLOCK));
    Path control = at("memory").resolve("memory.oom_control");
    try (Fd source =
        new LinuxFiles(linux).openat(LinuxFiles.AT_FDCWD, control.toString(), 0, OpenFlag.RDONLY)) {
      files.write(
          at("memory").resolve("cgroup.event_control"), event.number() + " " + source.number());
      return MemoryWatch.counter(linux, event);
    } catch (IOException | RuntimeException e) {
      event.close();
      throw e;
    }
  }

  @Override
  public void remove(Duration deadline) throws IOException {
    Members.remove(files, directories(), deadline);
  }
}
