package dev.felucca.isolation.shim;

import dev.felucca.linux.Fd;
import dev.felucca.linux.Program;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.process.Launcher;
import dev.felucca.linux.process.PidFd;
import dev.felucca.linux.process.WaitStatus;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;

/**
 * The start of a shim, which in turn starts one process. A shim whose start fails is ended, and
 * waited for.
 *
 * @param lasting as the program was made
 * @param status the file behind {@link ShimFds#STATUS}; stays the caller's
 * @param more what else the shim is to have, by number; stays the caller's
 */
public record ShimLaunch(
    Syscalls linux,
    Launcher launcher,
    ShimPlan program,
    boolean openStdin,
    boolean lasting,
    Fd status,
    Map<Integer, Fd> more) {
  private static final int SIGKILL = 9;
  private static final int PID_SIZE = 4;

  /** Tells the pid of the process that another program made, or why there is none. */
  public interface Made {
    /**
     * @param maker how that program ended
     */
    int pid(WaitStatus maker) throws IOException;
  }

  /** What a shim that was started just now says of its process. */
  private interface Report {
    PidFd process(PidFd shim, Fd report) throws IOException;
  }

  /**
   * Returns when the shim's process exists. The process parks itself, see {@link
   * ShimProcess#awaitParked}.
   */
  public ShimProcess start() throws IOException {
    return start((shim, report) -> firstReport(report));
  }

  /**
   * Has the shim run another program, which makes the process; returns when that has ended and the
   * process is there. The shim waits to be told of it, see {@link ShimProcess#release}. A program
   * that is not back in time is killed, with all that it started, and so is one that is cancelled.
   *
   * @param what the program and what it is to do, for messages
   */
  public ShimProcess startMade(String what, Duration patience, Cancellation cancellation, Made made)
      throws IOException {
    return start(
        (shim, report) -> {
          if (!cancellation.during(
              () -> Waiting.readable(linux, report, patience),
              () -> Descendants.kill(linux, shim.pid()))) {
            Descendants.kill(linux, shim.pid());
            throw new IOException(what + ": has not returned for " + patience.toSeconds() + " s");
          }
          return madeReport(report, made);
        });
  }

  private ShimProcess start(Report said) throws IOException {
    try (ShimPipes pipes = new ShimPipes(linux)) {
      pipes.open(program.tty(), openStdin, lasting);
      pipes.give(ShimFds.STATUS, status);
      more.forEach(pipes::give);
      Program first = program.first();
      if (first != null) {
        pipes.giveOwn(ShimFds.INIT, launcher.executable(first, "docker-init"));
      }
      PidFd shim = launcher.launch(program.program(), "felucca-shim", pipes.given());
      Map<Integer, Fd> kept = pipes.keep();
      try {
        // Now only the shim has the writing ends: their end means its end.
        pipes.close();
        PidFd process = said.process(shim, ShimProcess.get(kept, ShimFds.REPORT));
        return new ShimProcess(linux, shim, process, kept);
      } catch (IOException | RuntimeException e) {
        kept.values().forEach(Fd::close);
        try (shim) {
          shim.signal(SIGKILL);
          shim.await();
        } catch (IOException later) {
          e.addSuppressed(later);
        }
        throw e;
      }
    }
  }

  private PidFd firstReport(Fd report) throws IOException {
    byte[] pid = new byte[PID_SIZE];
    int got = report.read(pid);
    int number = ByteBuffer.wrap(pid).order(ByteOrder.LITTLE_ENDIAN).getInt();
    if (got < PID_SIZE || number == 0) {
      program.refuse(ShimProcess.readAll(report));
    }
    Optional<PidFd> process = PidFd.open(linux, number);
    if (process.isEmpty()) {
      // It is over and reaped: it told what kept it from its program.
      program.refuse(ShimProcess.readAll(report));
    }
    return process.orElseThrow(
        () -> new IOException("process " + number + " ended before its time"));
  }

  private PidFd madeReport(Fd report, Made made) throws IOException {
    byte[] head = new byte[PID_SIZE];
    int got = report.read(head);
    // A signal's number comes first in siginfo_t, and SIGCHLD is not 0.
    if (got < PID_SIZE || ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN).getInt() == 0) {
      program.refuse(ShimProcess.readAll(report));
    }
    byte[] info = Arrays.copyOf(head, WaitStatus.SIGINFO_SIZE);
    byte[] rest = new byte[WaitStatus.SIGINFO_SIZE - PID_SIZE];
    if (report.read(rest) < rest.length) {
      throw new IOException("a shim ended before its time");
    }
    System.arraycopy(rest, 0, info, PID_SIZE, rest.length);
    int pid =
        made.pid(
            WaitStatus.of(info)
                .orElseThrow(() -> new IOException("a shim told nothing of what it ran")));
    return PidFd.open(linux, pid)
        .orElseThrow(() -> new IOException("process " + pid + " ended before its time"));
  }
}
