package dev.felucca.isolation.linux;

import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.isolation.OutputPositions;
import dev.felucca.kernel.isolation.OutputSink;
import dev.felucca.kernel.isolation.OutputStreamKind;
import dev.felucca.linux.LinuxSyscalls;
import dev.felucca.tck.isolation.SpecBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * An engine in a JVM of its own, there to be killed: follows one container into a file whose length
 * is how far it got. Arguments: directory, container, and the line to run in a shell for the first.
 */
final class CrashingEngine {
  private CrashingEngine() {}

  public static void main(String[] args) throws Exception {
    Path directory = Path.of(args[0]);
    ContainerId id = new ContainerId(args[1]);
    LinuxIsolation driver = new LinuxIsolation(LinuxSyscalls.load(), directory.resolve("run"));
    FileChannel log =
        FileChannel.open(
            directory.resolve("log"), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    OutputPositions from = new OutputPositions(log.size(), 0);
    if (args.length > 2) {
      SpecBuilder spec =
          new SpecBuilder(directory.resolve("rootfs"), directory).id(id).shell(args[2]);
      if (args.length > 3) {
        spec.tty(null);
      }
      driver.create(spec.build());
      driver.follow(id, from, new LogSink(log));
      driver.start(id);
    } else {
      if (!driver.adopt(Set.of(id)).contains(id)) {
        throw new IllegalStateException("the container is not there any more");
      }
      driver.follow(id, from, new LogSink(log));
    }
    int code = driver.exitOf(id).toCompletableFuture().get().code();
    LogSink.ENDED.get();
    driver.delete(id);
    Files.writeString(directory.resolve("code"), Integer.toString(code));
    driver.close();
  }

  private record LogSink(FileChannel log) implements OutputSink {
    static final CompletableFuture<Void> ENDED = new CompletableFuture<>();

    @Override
    public CompletionStage<OutputPositions> accept(
        OutputStreamKind stream, long position, ByteBuffer bytes) {
      try {
        if (position != log.size()) {
          throw new IllegalStateException("output at " + position + ", log at " + log.size());
        }
        log.write(bytes);
        return CompletableFuture.completedFuture(new OutputPositions(log.size(), 0));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void ended() {
      ENDED.complete(null);
    }
  }
}
