package dev.felucca.linux.cgroup;

import dev.felucca.linux.Fd;
import dev.felucca.linux.LinuxFiles;
import dev.felucca.linux.OpenFlag;
import dev.felucca.linux.Syscalls;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** One directory of the unified hierarchy. */
final class CgroupV2 implements Cgroup {
  private static final Duration FREEZE_TO_KILL = Duration.ofSeconds(1);
  private static final Duration UNDO = Duration.ofSeconds(1);

  private final Syscalls linux;
  private final CgroupFiles files;
  private final Path directory;
  private final String path;

  CgroupV2(Syscalls linux, CgroupFiles files, Path directory, String path) {
    this.linux = linux;
    this.files = files;
    this.directory = directory;
    this.path = path;
  }

  @Override
  public String path() {
    return path;
  }

  @Override
  public List<Path> procsFiles() {
    return List.of(directory.resolve("cgroup.procs"));
  }

  @Override
  public List<Path> joinFiles() {
    return procsFiles();
  }

  @Override
  public Optional<Path> directory() {
    return Optional.of(directory);
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
    if (!limits.devices().isEmpty()) {
      new CgroupDevices(linux).apply(directory, DevicePolicy.of(limits.devices()));
    }
    new V2Limits(files, directory).write(limits);
  }

  @Override
  public void freeze(Duration deadline) throws IOException {
    files.write(directory.resolve("cgroup.freeze"), 1);
    if (!Members.await(deadline, this::frozen)) {
      thaw();
      throw new IOException("freeze " + path + ": not all members stopped in " + deadline);
    }
  }

  @Override
  public void thaw() throws IOException {
    files.writeIfThere(directory.resolve("cgroup.freeze"), "0");
  }

  @Override
  public boolean frozen() throws IOException {
    return files.table(directory.resolve("cgroup.events")).getOrDefault("frozen", 0L) == 1;
  }

  @Override
  public void kill() throws IOException {
    try {
      killMembers();
    } catch (IOException e) {
      if (files.stays(directory)) throw e;
    }
  }

  private void killMembers() throws IOException {
    if (!files.exists(directory)) return;
    Path kill = directory.resolve("cgroup.kill"); // from Linux 5.14
    if (files.exists(kill)) {
      files.write(kill, 1);
      return;
    }
    files.write(directory.resolve("cgroup.freeze"), 1);
    // Not a must: a member in the kernel for long doesn't freeze, and doesn't fork either.
    Members.await(FREEZE_TO_KILL, this::frozen);
    try {
      Members.kill(linux, files, directory);
    } finally {
      thaw();
    }
    Members.kill(linux, files, directory);
  }

  @Override
  public List<Integer> pids() throws IOException {
    return files.pids(directory);
  }

  @Override
  public CgroupStats stats() throws IOException {
    return new V2Stats(files, directory).read();
  }

  @Override
  public long oomKills() throws IOException {
    return files.table(directory.resolve("memory.events")).getOrDefault("oom_kill", 0L);
  }

  @Override
  public MemoryWatch memoryWatch() throws IOException {
    String events = directory.resolve("memory.events").toString();
    Fd file = new LinuxFiles(linux).openat(LinuxFiles.AT_FDCWD, events, 0, OpenFlag.RDONLY);
    try {
      return MemoryWatch.file(linux, file);
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  @Override
  public void remove(Duration deadline) throws IOException {
    Members.remove(files, List.of(directory), deadline);
  }
}
