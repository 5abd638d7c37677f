package dev.felucca.linux.process;

import static dev.felucca.linux.Arg.hex;
import static dev.felucca.linux.Arg.n;
import static dev.felucca.linux.Arg.named;

import dev.felucca.linux.Arg;
import dev.felucca.linux.Errno;
import dev.felucca.linux.Fd;
import dev.felucca.linux.LoadedProgram;
import dev.felucca.linux.OpenFlag;
import dev.felucca.linux.Program;
import dev.felucca.linux.ProgramBuilder;
import dev.felucca.linux.ProgramFailure;
import dev.felucca.linux.Step;
import dev.felucca.linux.SyscallException;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.Sysno;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Starts a {@link Program} as a process of its own, with no code of the JVM running in it: the
 * child is a {@code CLONE_VM | CLONE_VFORK} one that only arranges descriptors and executes. The
 * process leads its own session, has all signals at their default and blocked, an empty
 * environment, and no descriptors but those named.
 */
public final class Launcher {
  private static final int F_DUPFD = 0;
  private static final long AT_EMPTY_PATH = 0x1000;
  private static final int SIGKILL = 9;
  private static final int SIGSTOP = 19;
  private static final int LAST_SIGNAL = 64;
  private static final Arg EVERYTHING = named(0xffffffffL, "~0");

  private final Syscalls linux;
  private final ExecutableFiles files;

  /** {@code directory} is where executables are put when the host refuses to run memory files. */
  public Launcher(Syscalls linux, Path directory) {
    this.linux = linux;
    this.files = new ExecutableFiles(linux, directory);
  }

  /**
   * Returns when the program has been executed; the caller waits for the process it gets.
   *
   * @param name what process lists show
   * @param descriptors the process's descriptors by number, and which of ours each one is
   */
  public PidFd launch(Program program, String name, Map<Integer, Fd> descriptors)
      throws IOException {
    try (Fd file = files.make(name, ElfProgram.of(program))) {
      return launch(file, List.of(name), new TreeMap<>(descriptors));
    }
  }

  /**
   * A program as a file in memory that a process may execute by its descriptor, and whose data it
   * may write before; see {@link ElfProgram#dataOffset}.
   *
   * @throws SyscallException where the host refuses such files ({@code vm.memfd_noexec=2})
   */
  public Fd executable(Program program, String name) throws SyscallException {
    return files.inMemory(name, ElfProgram.of(program));
  }

  private PidFd launch(Fd file, List<String> argv, SortedMap<Integer, Fd> descriptors)
      throws IOException {
    ProgramBuilder builder = new ProgramBuilder(linux.arch());
    SharedChild child = SharedChild.begin(builder);
    builder.step(Sysno.SETSID);
    defaultSignals(builder);
    int own = place(builder, file, descriptors);
    SharedChild.outliveParent(builder);
    builder.step(
        Sysno.EXECVEAT,
        n(own),
        builder.text(""),
        builder.texts(argv, "argv"),
        builder.texts(List.of(), "env"),
        named(AT_EMPTY_PATH, "AT_EMPTY_PATH"));
    child.end(builder, 127);
    return run(builder.build(), child);
  }

  /** Ignored signals stay ignored over execve(2): nohup would reach into every container. */
  private static void defaultSignals(ProgramBuilder builder) {
    Arg.Address zero = builder.space(32, "SIG_DFL");
    for (int signal = 1; signal <= LAST_SIGNAL; signal++) {
      if (signal != SIGKILL && signal != SIGSTOP) {
        builder.step(Sysno.RT_SIGACTION, n(signal), zero, Arg.NULL, n(8));
      }
    }
  }

  /** Moves everything out of the way first: a target may be another's source. */
  private int place(ProgramBuilder builder, Fd file, SortedMap<Integer, Fd> descriptors) {
    int own = descriptors.isEmpty() ? 0 : descriptors.lastKey() + 1;
    int high = Math.max(own + 1, 64);
    Step[] moved = new Step[own + 1];
    for (int target = 0; target <= own; target++) {
      Fd source = target == own ? file : descriptors.get(target);
      if (source != null) {
        moved[target] =
            builder.step(Sysno.FCNTL, n(source.number()), named(F_DUPFD, "F_DUPFD"), n(high));
      }
    }
    for (int target = 0; target <= own; target++) {
      if (moved[target] == null) {
        builder.step(Sysno.CLOSE, n(target)).ignoringErrors();
      } else {
        int flags = target == own ? OpenFlag.bits(linux.arch(), OpenFlag.CLOEXEC) : 0;
        Step dup = builder.step(Sysno.DUP3, Arg.NULL, n(target), hex(flags));
        moved[target].storeInto(dup, 0);
      }
    }
    builder.step(Sysno.CLOSE_RANGE, n(own + 1), EVERYTHING, n(0));
    return own;
  }

  private PidFd run(Program program, SharedChild child) throws IOException {
    try (LoadedProgram loaded = new LoadedProgram(program)) {
      loaded.run();
      long pid = loaded.result(child.cloned());
      if (Errno.failed(pid)) {
        throw new SyscallException("clone3", Errno.of(pid));
      }
      PidFd process = new PidFd(linux, (int) pid, new Fd(linux, loaded.getInt(child.pidfd())));
      Optional<ProgramFailure> failure = program.failure(loaded.table());
      if (failure.isPresent()) {
        try (process) {
          process.await();
        }
        throw failure.get().toException();
      }
      return process;
    }
  }
}
