package dev.felucca.engine.container;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.felucca.tck.fake.Trouble;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Has for each test a machine, and an engine on it that can crash and come again. */
@Timeout(60)
abstract class OnTestEngine {
  @TempDir Path root;
  TestEngine.Machine machine;
  TestEngine engine;

  @BeforeEach
  final void beginEngine() throws IOException {
    machine = new TestEngine.Machine(root);
    engine = new TestEngine(machine);
  }

  @AfterEach
  final void endEngine() {
    // Calls that hang in an engine that crashed are not let go: it must not do anything any more.
    engine.close();
  }

  /** The engine crashes, and another one comes. */
  final void again() throws IOException {
    engine.crash();
    engine = new TestEngine(machine);
  }

  final void awaitAdopted() {
    TestEngine.await("adopted", () -> machine.isolation.trouble().calls().contains("adopt"));
  }

  /** What a test does with the engine. */
  interface Step {
    void run() throws Exception;
  }

  /** Runs {@code step} on a thread that nobody waits for; what it is refused is not told. */
  static Thread aside(Step step) {
    Thread thread =
        new Thread(
            () -> {
              try {
                step.run();
              } catch (Exception | Error refused) {
                // it is let go, if ever, when nobody looks any more
              }
            });
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  /**
   * Runs {@code step} until {@code call} is reached, has the engine crash there and another come.
   */
  final void crashAt(Trouble trouble, String call, Step step) throws Exception {
    crashWithin(trouble, call, step);
    engine = new TestEngine(machine);
  }

  /** As {@link #crashAt}, and no engine comes after it yet. */
  final void crashWithin(Trouble trouble, String call, Step step) throws Exception {
    Trouble.Hang hang = trouble.hang(call);
    aside(step);
    assertTrue(hang.reached(), call);
    engine.crash();
    if (trouble == machine.storage.trouble()) {
      trouble.end(call);
    }
  }
}
