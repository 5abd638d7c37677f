package dev.felucca.bench;

import dev.felucca.kernel.ContainerId;
import dev.felucca.linux.LinuxMounts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A runtime's {@code run}: create, start, wait, delete in one process. Its root, an overlay of the
 * container's own, is mounted before the clock starts: a favour to the runtime.
 */
final class OciRuntime implements Contender {
  private final String name;
  private final Path program;
  private final Path rootfs;
  private final Path work;
  private final Path state;
  private final @Nullable String profile;
  private final LinuxMounts mounts;

  OciRuntime(
      String name,
      Path program,
      Path rootfs,
      Path work,
      @Nullable String profile,
      LinuxMounts mounts)
      throws IOException {
    this.name = name;
    this.program = program;
    this.rootfs = rootfs;
    this.work = work;
    this.profile = profile;
    this.mounts = mounts;
    this.state = Files.createDirectories(work.resolve("state"));
  }

  @Override
  public List<String> series() {
    return List.of(name);
  }

  @Override
  public Start ready() throws IOException {
    String id = ContainerId.random().hex();
    Path bundle = Files.createDirectories(work.resolve(id));
    Path root = Files.createDirectory(bundle.resolve("rootfs"));
    Path upper = Files.createDirectory(bundle.resolve("upper"));
    Path temporary = Files.createDirectory(bundle.resolve("work"));
    OciBundle.write(bundle, id, EtcFiles.write(bundle.resolve("etc")), profile);
    String options = "lowerdir=" + rootfs + ",upperdir=" + upper + ",workdir=" + temporary;
    mounts.mount("overlay", root.toString(), "overlay", 0, options);
    List<String> argv =
        List.of(
            program.toString(),
            "--root",
            state.toString(),
            "run",
            "--bundle",
            bundle.toString(),
            "bench-" + id);
    return new Start() {
      @Override
      public long[] run() throws IOException {
        long begin = System.nanoTime();
        PosixSpawn.run(argv);
        return new long[] {System.nanoTime() - begin};
      }

      @Override
      public void clean() throws IOException {
        mounts.umount2(root.toString(), LinuxMounts.MNT_DETACH);
        Directories.delete(bundle);
      }
    };
  }

  @Override
  public void close() throws IOException {
    Directories.delete(work);
  }
}
