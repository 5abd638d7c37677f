package dev.felucca.isolation.keeper;

import dev.felucca.isolation.output.DirectStream;
import dev.felucca.isolation.output.OutputPump;
import dev.felucca.isolation.output.PumpedStream;
import dev.felucca.isolation.shim.ShimFds;
import dev.felucca.isolation.shim.ShimProcess;
import dev.felucca.isolation.shim.StatusRecord;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.isolation.ConsoleSize;
import dev.felucca.kernel.isolation.ExecSpec;
import dev.felucca.kernel.isolation.ExitStatus;
import dev.felucca.kernel.isolation.OutputPositions;
import dev.felucca.kernel.isolation.OutputSink;
import dev.felucca.kernel.isolation.OutputStreamKind;
import dev.felucca.linux.Fd;
import dev.felucca.linux.process.EventLoop;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A further process in a container, with its shim; it lasts no longer than this engine. */
final class Exec {
  private static final Logger LOG = LoggerFactory.getLogger(Exec.class);
  private static final int SIGKILL = 9;

  private final Keeper keeper;
  private final ExecSpec spec;
  private final ShimProcess shim;
  private final StandardInput input;
  private final OutputPump pump;
  private final CompletableFuture<ExitStatus> exit = new CompletableFuture<>();
  private EventLoop.@Nullable Registration watch;

  /** Takes over the shim, whose process runs. */
  Exec(Keeper keeper, ExecSpec spec, ShimProcess shim, OutputSink sink) throws IOException {
    this.keeper = keeper;
    this.spec = spec;
    this.shim = shim;
    boolean tty = spec.process().tty();
    this.input =
        new StandardInput(keeper.linux(), shim, tty, spec.openStdin(), "exec " + spec.execId());
    List<PumpedStream> streams = new ArrayList<>();
    if (tty) {
      Fd master = shim.descriptor(ShimFds.MASTER);
      Descriptors.nonBlocking(keeper.linux(), master);
      streams.add(new DirectStream(keeper.linux(), OutputStreamKind.STDOUT, master.dup()));
    } else {
      streams.add(
          new DirectStream(
              keeper.linux(), OutputStreamKind.STDOUT, shim.surrender(ShimFds.OUTPUT)));
      streams.add(
          new DirectStream(
              keeper.linux(), OutputStreamKind.STDERR, shim.surrender(ShimFds.ERRORS)));
    }
    pump = new OutputPump(keeper.loop(), keeper.workers(), streams);
    pump.attach(sink, OutputPositions.START, OutputPositions.START);
    EventLoop.Registration registration;
    try {
      registration =
          keeper
              .loop()
              .register(shim.descriptor(ShimFds.EXIT), EventLoop.EPOLLIN, events -> submitEnd());
    } catch (IOException | RuntimeException e) {
      pump.close();
      throw e;
    }
    synchronized (this) {
      watch = registration;
    }
  }

  int pid() {
    return shim.process().pid();
  }

  CompletableFuture<ExitStatus> exit() {
    return exit.copy();
  }

  void writeInput(ByteBuffer bytes) throws IOException {
    input.write(bytes);
  }

  void closeInput() throws IOException {
    input.close();
  }

  void resize(ConsoleSize size) throws IOException {
    input.resize(size);
  }

  void signal(int signal) throws IOException {
    shim.signal(signal);
  }

  private void submitEnd() {
    try {
      keeper.workers().execute(this::ended);
    } catch (RejectedExecutionException e) {
      LOG.debug("exec {} ended while the driver goes away", spec.execId(), e);
    }
  }

  private void ended() {
    try {
      byte[] record = new byte[StatusRecord.SIZE];
      int got = shim.descriptor(ShimFds.EXIT).read(record);
      if (got < record.length) {
        shim.signal(SIGKILL);
      }
      exit.complete(
          StatusRecord.of(record)
              .map(r -> new ExitStatus(r.status().exitCode(), false, r.finished()))
              .orElseGet(() -> new ExitStatus(128 + SIGKILL, false, Instant.now())));
      pump.processEnded(this::dismiss, this::close);
    } catch (IOException | RuntimeException e) {
      exit.completeExceptionally(e);
    }
  }

  private void dismiss() {
    try {
      shim.dismiss();
    } catch (IOException e) {
      LOG.error("ending the shim of exec {}", spec.execId(), e);
    }
  }

  /** Lets go of it; its shim then lets go of what it holds. */
  void leave(String why) {
    synchronized (this) {
      if (watch != null) {
        watch.close();
      }
    }
    pump.close();
    shim.close();
    exit.completeExceptionally(new EngineException(EngineException.Kind.UNAVAILABLE, why));
  }

  /** Closes everything, once it has ended and its output is delivered. */
  void close() {
    leave("exec " + spec.execId() + " is over");
  }
}
