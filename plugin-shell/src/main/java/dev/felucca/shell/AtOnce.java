package dev.felucca.shell;

import dev.felucca.kernel.EngineException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Does one thing to each of several containers at the same time. */
final class AtOnce {
  /** What is done. */
  @FunctionalInterface
  interface Act {
    void on(String container) throws Exception;
  }

  private AtOnce() {}

  /**
   * Answers in the order of the names: empty where it is done, or was not needed, else why not. It
   * throws what is no refusal, and does not wait for the others then.
   *
   * @param most at the same time
   */
  static List<Optional<String>> refusals(int most, List<String> containers, Act act)
      throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(Math.min(most, containers.size()));
    try {
      List<Future<Optional<String>>> under = new ArrayList<>();
      for (String container : containers) {
        under.add(threads.submit(() -> refusal(container, act)));
      }
      List<Optional<String>> answers = new ArrayList<>();
      for (Future<Optional<String>> each : under) {
        answers.add(each.get());
      }
      return answers;
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Exception cause ? cause : e;
    } finally {
      threads.shutdownNow();
    }
  }

  private static Optional<String> refusal(String container, Act act) throws Exception {
    try {
      act.on(container);
      return Optional.empty();
    } catch (EngineException e) {
      return e.kind() == EngineException.Kind.NOT_MODIFIED
          ? Optional.empty()
          : Optional.of(String.valueOf(e.getMessage()));
    }
  }
}
