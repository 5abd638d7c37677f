package dev.felucca.bench;

import dev.felucca.isolation.linux.LinuxIsolation;
import dev.felucca.isolation.seccomp.SeccompFilters;
import dev.felucca.linux.LinuxMounts;
import dev.felucca.linux.LinuxSyscalls;
import dev.felucca.linux.Syscalls;
import dev.felucca.storage.overlay.OverlaySnapshotter;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * {@code Main WORK ROOTFS TAR ROUNDS [RUNTIME…]}: measures starts of {@code true} in the root
 * {@code TAR}, which is unpacked in {@code ROOTFS}; each {@code RUNTIME} is the path of an OCI
 * runtime. Prints {@link Samples}. Needs root, and a mount namespace of its own.
 */
public final class Main {
  private static final int WARM = 40;
  private static final int WIDTH = 8;
  private static final int ROW = 4;

  private Main() {}

  public static void main(String[] args) throws Exception {
    Path work = Path.of(args[0]);
    Path rootfs = Path.of(args[1]);
    int rounds = Integer.parseInt(args[3]);
    Syscalls linux = LinuxSyscalls.load();
    List<Contender> contenders = new ArrayList<>();
    try (LinuxIsolation driver = new LinuxIsolation(linux, work.resolve("run"))) {
      OverlaySnapshotter storage = new OverlaySnapshotter(linux, work.resolve("overlay"));
      Stream.of(driver.unusable(), storage.unusable())
          .flatMap(reason -> reason.stream())
          .forEach(
              reason -> {
                throw new IllegalStateException(reason);
              });
      image(storage, Path.of(args[2]));
      contenders.add(new Floor(rootfs.resolve("bin/true")));
      contenders.add(new Ours("felucca", driver, storage, "image", work.resolve("c"), null));
      contenders.add(
          new Ours(
              "felucca, no seccomp", driver, storage, "image", work.resolve("c"), "unconfined"));
      for (int i = 4; i < args.length; i++) {
        contenders.addAll(runtime(Path.of(args[i]), rootfs, work, new LinuxMounts(linux)));
      }
      Rounds all = new Rounds(contenders, new Samples(System.out));
      all.warm(WARM);
      all.oneAtATime(rounds);
      all.atOnce(WIDTH, Math.max(1, rounds / 20), ROW);
    } finally {
      for (Contender each : contenders) {
        each.close();
      }
    }
  }

  private static void image(OverlaySnapshotter storage, Path tar) throws IOException {
    storage.prepare("unpacked", null);
    try (InputStream in = Files.newInputStream(tar)) {
      storage.apply("unpacked", in);
    }
    storage.commit("image", "unpacked", null);
  }

  private static List<Contender> runtime(Path program, Path rootfs, Path work, LinuxMounts mounts)
      throws IOException {
    String name = program.getFileName().toString();
    String profile = SeccompFilters.defaultProfile();
    return List.of(
        new OciRuntime(name, program, rootfs, work.resolve(name), profile, mounts),
        new OciRuntime(
            name + ", no seccomp", program, rootfs, work.resolve(name + "-open"), null, mounts));
  }
}
