package dev.felucca.tck.isolation;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.isolation.ContainerSpec;
import dev.felucca.kernel.isolation.ExitStatus;
import dev.felucca.kernel.isolation.IsolationDriver;
import dev.felucca.kernel.isolation.OutputPositions;
import dev.felucca.kernel.isolation.RunningContainer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullUnmarked;

/**
 * What the isolation contracts work with: a driver, a root to run in, and the usual ways to make
 * and start containers. All that is made is deleted after the test.
 */
@NullUnmarked
public interface IsolationFixture {
  /** The driver that is there now. */
  IsolationDriver driver();

  /** The driver goes as in a bundle's update, and another one comes in its place. */
  void succeed() throws IOException;

  SpecBuilder spec() throws IOException;

  RunningContainer create(ContainerSpec spec) throws IOException;

  /** Creates, follows and starts. */
  default CollectingSink start(SpecBuilder builder) throws IOException {
    return start(builder.build());
  }

  /** As {@link #start(SpecBuilder)}. */
  default CollectingSink start(ContainerSpec spec) throws IOException {
    CollectingSink sink = new CollectingSink();
    create(spec);
    driver().follow(spec.id(), OutputPositions.START, sink);
    driver().start(spec.id());
    return sink;
  }

  default ExitStatus exit(ContainerId id) throws Exception {
    return driver().exitOf(id).toCompletableFuture().get(30, TimeUnit.SECONDS);
  }

  /** What it prints; it is to end well. */
  default String run(SpecBuilder builder) throws Exception {
    ContainerSpec spec = builder.build();
    String output = start(spec).all();
    assertEquals(0, exit(spec.id()).code(), output);
    return output;
  }

  static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
  }

  /** What a test waits for. */
  interface Condition {
    boolean holds() throws Exception;
  }

  /** Returns when it holds; fails when it does not within thirty seconds. */
  static void await(Condition condition) throws Exception {
    long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    while (!condition.holds()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("did not come about in time");
      }
      Thread.sleep(10);
    }
  }
}
