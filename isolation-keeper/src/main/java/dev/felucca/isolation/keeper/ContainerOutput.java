package dev.felucca.isolation.keeper;

import dev.felucca.isolation.output.OutputPump;
import dev.felucca.isolation.output.PumpedStream;
import dev.felucca.isolation.output.SpooledStream;
import dev.felucca.isolation.shim.ShimFds;
import dev.felucca.isolation.shim.ShimProcess;
import dev.felucca.kernel.isolation.OutputPositions;
import dev.felucca.kernel.isolation.OutputSink;
import dev.felucca.kernel.isolation.OutputStreamKind;
import dev.felucca.linux.Fd;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A container's output on its way: out of the shim's pipes into its spools, and on to whoever
 * follows it. The first follower says what is counted from; that is written once, so that each
 * later engine counts the same. Nothing is locked over a system call that may not return.
 */
final class ContainerOutput implements AutoCloseable {
  private record Follower(OutputSink sink, OutputPositions base, OutputPositions from) {}

  private final Keeper keeper;
  private final ContainerFiles files;
  private final ShimProcess shim;
  private final boolean tty;

  // Guarded by this.
  private boolean parked = true;
  private @Nullable Follower follower;
  private @Nullable OutputPositions base;
  private @Nullable OutputPump pump;

  ContainerOutput(Keeper keeper, ContainerFiles files, ShimProcess shim, boolean tty) {
    this.keeper = keeper;
    this.files = files;
    this.shim = shim;
    this.tty = tty;
  }

  /** Takes the shim's ends of its pipes; what is in the spools comes first. */
  List<PumpedStream> open() throws IOException {
    List<PumpedStream> streams = new ArrayList<>();
    try {
      streams.add(stdout());
      if (!tty) {
        streams.add(stream(OutputStreamKind.STDERR, pipe(ShimFds.ERRORS), null));
      }
      return streams;
    } catch (IOException | RuntimeException e) {
      streams.forEach(PumpedStream::close);
      throw e;
    }
  }

  private PumpedStream stdout() throws IOException {
    Fd pipe = pipe(ShimFds.OUTPUT);
    try {
      return stream(OutputStreamKind.STDOUT, pipe, terminal());
    } catch (IOException | RuntimeException e) {
      pipe.close();
      throw e;
    }
  }

  private SpooledStream.@Nullable Terminal terminal() throws IOException {
    if (!tty || !shim.holds(ShimFds.MASTER) || !shim.holds(ShimFds.TERMINAL_PIPE)) {
      return null;
    }
    Fd master = shim.descriptor(ShimFds.MASTER);
    Descriptors.nonBlocking(keeper.linux(), master);
    return new SpooledStream.Terminal(master.dup(), shim.surrender(ShimFds.TERMINAL_PIPE));
  }

  /** Takes over the descriptors, and closes them when nothing comes of it. */
  private PumpedStream stream(
      OutputStreamKind kind, Fd pipe, SpooledStream.@Nullable Terminal terminal)
      throws IOException {
    try {
      return new SpooledStream(
          keeper.linux(),
          kind,
          pipe,
          terminal,
          files.plain(kind == OutputStreamKind.STDOUT ? files.output() : files.errors()));
    } catch (IOException | RuntimeException e) {
      pipe.close();
      if (terminal != null) {
        terminal.master().close();
        terminal.pipe().close();
      }
      throw e;
    }
  }

  /** What is in the spool is delivered even when the shim that held the pipe is gone. */
  private Fd pipe(int number) throws IOException {
    return shim.holds(number) ? shim.surrender(number) : Descriptors.ended(keeper.linux());
  }

  /** It is being let go: what a follower says from here on is written at once. */
  synchronized void unpark() {
    parked = false;
  }

  /** What is to be written, before its process is let go, of where its output counts from. */
  synchronized @Nullable OutputPositions base() {
    return base;
  }

  /** The process runs, or did; takes over the streams. */
  synchronized void begin(List<PumpedStream> streams) {
    parked = false;
    pump = new OutputPump(keeper.loop(), keeper.workers(), streams);
    if (follower != null) {
      pump.attach(follower.sink, follower.base, follower.from);
    }
  }

  /** Delivers to this sink from now on, and to no other. */
  void follow(OutputPositions positions, OutputSink sink) throws IOException {
    Follower next = new Follower(sink, countedFrom(positions), positions);
    synchronized (this) {
      follower = next;
      if (pump != null) {
        pump.attach(next.sink, next.base, next.from);
      }
    }
  }

  /** What it counts from: the first follower says it, and it is written once. */
  private OutputPositions countedFrom(OutputPositions positions) throws IOException {
    synchronized (this) {
      if (base == null && parked) {
        base = positions; // written as it is let go
      }
      if (base != null) {
        return base;
      }
    }
    Optional<OutputPositions> known = files.base();
    if (known.isEmpty()) {
      files.base(positions);
    }
    return known.orElse(positions);
  }

  /** Runs {@code drained} once all that the process left is in the spools. */
  void processEnded(Runnable drained) {
    OutputPump last;
    synchronized (this) {
      last = pump;
    }
    if (last != null) {
      last.processEnded(drained, () -> {});
    }
  }

  /** What is kept stays kept. */
  @Override
  public void close() {
    OutputPump last;
    synchronized (this) {
      last = pump;
    }
    if (last != null) {
      last.close();
    }
  }
}
