package dev.felucca.isolation.shim;

import dev.felucca.linux.Fd;
import dev.felucca.linux.LinuxFiles;
import dev.felucca.linux.OpenFlag;
import dev.felucca.linux.Pipe;
import dev.felucca.linux.SyscallException;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.Sysno;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Everything that is opened for a shim: what it gets, and what the engine keeps of it. */
final class ShimPipes implements AutoCloseable {
  private static final int F_SETFL = 4;

  private final Syscalls linux;
  private final List<Fd> ours = new ArrayList<>();
  private final Map<Integer, Fd> kept = new HashMap<>();
  private final Map<Integer, Fd> given = new HashMap<>();

  ShimPipes(Syscalls linux) {
    this.linux = linux;
  }

  /**
   * Opens what a process needs.
   *
   * @param lasting whether the shim also holds what the engine keeps
   */
  void open(boolean tty, boolean openStdin, boolean lasting) throws SyscallException {
    Fd nothing =
        own(new LinuxFiles(linux).openat(LinuxFiles.AT_FDCWD, "/dev/null", 0, OpenFlag.RDWR));
    for (int fd = 0; fd < 3; fd++) {
      given.put(fd, nothing);
    }
    pipe(ShimFds.REPORT, false);
    pipe(ShimFds.START, true);
    Pipe control = ends(Pipe.open(linux, OpenFlag.NONBLOCK));
    given.put(ShimFds.CONTROL, control.reading());
    kept.put(ShimFds.CONTROL_WRITE, control.writing());
    Pipe exit = ends(Pipe.open(linux));
    given.put(ShimFds.EXIT_WRITE, exit.writing());
    kept.put(ShimFds.EXIT, exit.reading());
    if (openStdin && !tty) {
      Pipe input = ends(Pipe.open(linux));
      given.put(0, input.reading());
      given.put(ShimFds.INPUT, input.writing());
      kept.put(ShimFds.INPUT, input.writing());
    }
    if (!tty) {
      output(1, ShimFds.OUTPUT);
      output(2, ShimFds.ERRORS);
    } else if (lasting) {
      output(ShimFds.TERMINAL_PIPE, ShimFds.OUTPUT);
      kept.put(ShimFds.TERMINAL_PIPE, fd(given, ShimFds.TERMINAL_PIPE));
    }
    if (lasting) {
      for (int fd :
          new int[] {
            ShimFds.CONTROL_WRITE, ShimFds.EXIT, ShimFds.INPUT, ShimFds.OUTPUT, ShimFds.ERRORS
          }) {
        Fd end = kept.get(fd);
        if (end != null) {
          given.put(fd, end);
        }
      }
    }
  }

  /** Gives the shim one more. */
  void give(int number, Fd fd) {
    given.put(number, fd);
  }

  /** Gives the shim one more, which is closed with the rest. */
  void giveOwn(int number, Fd fd) {
    given.put(number, own(fd));
  }

  Map<Integer, Fd> given() {
    return given;
  }

  /** What the engine goes on with; its caller's from now on. */
  Map<Integer, Fd> keep() {
    ours.removeAll(kept.values());
    return Map.copyOf(kept);
  }

  private void output(int writing, int reading) throws SyscallException {
    Pipe pipe = ends(Pipe.open(linux));
    // Only our end: the process's own must block as any pipe does.
    linux.check(
        "fcntl",
        Sysno.FCNTL,
        pipe.reading().number(),
        F_SETFL,
        OpenFlag.bits(linux.arch(), OpenFlag.NONBLOCK));
    given.put(writing, pipe.writing());
    kept.put(reading, pipe.reading());
  }

  private void pipe(int number, boolean shimReads) throws SyscallException {
    Pipe pipe = ends(Pipe.open(linux));
    given.put(number, shimReads ? pipe.reading() : pipe.writing());
    kept.put(number, shimReads ? pipe.writing() : pipe.reading());
  }

  private Pipe ends(Pipe pipe) {
    own(pipe.reading());
    own(pipe.writing());
    return pipe;
  }

  private Fd own(Fd fd) {
    ours.add(fd);
    return fd;
  }

  private static Fd fd(Map<Integer, Fd> from, int number) {
    @Nullable Fd fd = from.get(number);
    if (fd == null) {
      throw new IllegalStateException("descriptor " + number + " was not opened");
    }
    return fd;
  }

  /** Closes what is not kept. */
  @Override
  public void close() {
    ours.forEach(Fd::close);
  }
}
