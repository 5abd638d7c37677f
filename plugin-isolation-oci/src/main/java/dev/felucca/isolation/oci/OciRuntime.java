package dev.felucca.isolation.oci;

import static dev.felucca.linux.Arg.n;
import static dev.felucca.linux.Arg.named;

import dev.felucca.isolation.program.CloneFlags;
import dev.felucca.isolation.shim.Cancellation;
import dev.felucca.isolation.shim.Descendants;
import dev.felucca.isolation.shim.Waiting;
import dev.felucca.linux.Arg;
import dev.felucca.linux.Fd;
import dev.felucca.linux.LinuxFiles;
import dev.felucca.linux.NativeMemory;
import dev.felucca.linux.OpenFlag;
import dev.felucca.linux.ProgramBuilder;
import dev.felucca.linux.SyscallException;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.Sysno;
import dev.felucca.linux.process.Launcher;
import dev.felucca.linux.process.PidFd;
import dev.felucca.linux.process.WaitStatus;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The program of an OCI runtime, and how it is run: never as a child that this JVM forked. */
final class OciRuntime {
  private static final Duration VERSION_PATIENCE = Duration.ofSeconds(5);
  private static final int SIGKILL = 9;
  private static final int SIGSTOP = 19;
  static final List<String> ENVIRONMENT =
      List.of("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");

  private final Syscalls linux;
  private final Launcher launcher;
  private final Path path;
  private final Path state;
  private final Duration patience;
  private final String version;
  private final List<String> hidden;

  /** What a run came to, and what it printed. */
  record Outcome(WaitStatus status, String printed) {
    boolean good() {
      return status.exitCode() == 0;
    }
  }

  /**
   * Asks the program what it is.
   *
   * @param state where it keeps what it knows of its containers
   * @param patience how long one command may take
   */
  OciRuntime(Syscalls linux, Launcher launcher, Path path, Path state, Duration patience)
      throws IOException {
    this.linux = linux;
    this.launcher = launcher;
    this.path = path;
    this.state = state;
    this.patience = patience;
    Outcome asked =
        run(List.of(path.toString(), "--version"), List.of(), VERSION_PATIENCE, new Cancellation());
    if (!asked.good()) {
      throw new IOException(path + " --version: exit code " + asked.status().exitCode());
    }
    this.version = asked.printed().lines().findFirst().orElse("").strip();
    // crun up to 1.8 does not work beside cgroup v2 without controllers; others do.
    this.hidden = version.startsWith("crun") ? HybridCgroups.points() : List.of();
  }

  Path path() {
    return path;
  }

  String version() {
    return version;
  }

  Duration patience() {
    return patience;
  }

  /** Mount points that it is not to see. */
  List<String> hidden() {
    return hidden;
  }

  /** Its words for a command about a container. */
  List<String> words(Path log, String... command) {
    List<String> words = new ArrayList<>();
    words.add(path.toString());
    words.addAll(List.of("--root", state.toString()));
    words.addAll(List.of("--log", log.toString(), "--log-format", "json"));
    words.addAll(List.of(command));
    return words;
  }

  /** One that is cancelled is killed, with what it started, and so is one that takes too long. */
  Outcome run(List<String> words, Cancellation cancellation) throws IOException {
    return run(words, hidden, patience, cancellation);
  }

  private Outcome run(
      List<String> words, List<String> hide, Duration patience, Cancellation cancellation)
      throws IOException {
    ProgramBuilder builder = new ProgramBuilder(linux.arch());
    if (!hide.isEmpty()) {
      ownMounts(builder, hide);
    }
    // So that whatever it leaves behind can be found; a program that it executes keeps this.
    builder.step(Sysno.PRCTL, named(36, "PR_SET_CHILD_SUBREAPER"), n(1));
    execute(builder, words);
    try (Fd nothing =
            new LinuxFiles(linux).openat(LinuxFiles.AT_FDCWD, "/dev/null", 0, OpenFlag.RDWR);
        Fd output = memory();
        PidFd process =
            launcher.launch(
                builder.build(),
                path.getFileName().toString(),
                Map.of(0, nothing, 1, output, 2, output))) {
      if (!cancellation.during(
          () -> Waiting.readable(linux, process.fd(), patience), () -> end(process))) {
        end(process);
        process.await();
        throw new IOException(
            String.join(" ", words) + ": has not returned for " + patience.toSeconds() + " s");
      }
      return new Outcome(process.await(), text(output));
    }
  }

  private void end(PidFd process) throws IOException {
    process.signal(SIGSTOP); // or it would go on where what it waits for is killed
    Descendants.kill(linux, process.pid());
    process.signal(SIGKILL);
  }

  /** A mount namespace that sees what the host does from here on, without the hidden points. */
  static void ownMounts(ProgramBuilder builder, List<String> hide) {
    builder.step(Sysno.UNSHARE, named(CloneFlags.NEWNS.bit(), "CLONE_NEWNS"));
    builder.step(
        Sysno.MOUNT,
        builder.text("none"),
        builder.text("/"),
        Arg.NULL,
        named(16384 | 1 << 19, "MS_REC|MS_SLAVE"),
        Arg.NULL);
    for (String point : hide) {
      builder.step(Sysno.UMOUNT2, builder.text(point), named(2, "MNT_DETACH")).ignoringErrors();
    }
  }

  static void execute(ProgramBuilder builder, List<String> words) {
    builder.step(
        Sysno.RT_SIGPROCMASK, named(2, "SIG_SETMASK"), builder.space(8, "{}"), Arg.NULL, n(8));
    builder.step(
        Sysno.EXECVE,
        builder.text(words.get(0)),
        builder.texts(words, String.join(" ", words)),
        builder.texts(ENVIRONMENT, "env"));
    builder.step(Sysno.EXIT_GROUP, n(127));
  }

  private Fd memory() throws SyscallException {
    try (NativeMemory memory = new NativeMemory()) {
      long name = memory.string("output");
      return new Fd(linux, linux.check("make a memory file", Sysno.MEMFD_CREATE, name, 1));
    }
  }

  private String text(Fd output) throws SyscallException {
    try (NativeMemory memory = new NativeMemory()) {
      int most = 64 << 10;
      long address = memory.allocate(most);
      long got = linux.check("read output", Sysno.PREAD64, output.number(), address, most, 0);
      return new String(memory.read(address, (int) got), StandardCharsets.UTF_8);
    }
  }
}
