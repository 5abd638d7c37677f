package dev.felucca.kernel.container;

import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.isolation.ConsoleSize;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Makes, starts, stops and removes containers. {@code ref} is a name, a full id or an unambiguous
 * prefix of one: NOT_FOUND with Docker's words {@code No such container: x}; CONFLICT for an
 * ambiguous prefix.
 */
public interface ContainerManager {
  /**
   * NOT_FOUND with {@code No such image: x} when the image isn't here (clients then pull); CONFLICT
   * when the name is taken, naming the holder; INVALID for what cannot be; UNAVAILABLE naming a
   * driver that is missing.
   */
  CreateResult create(CreateRequest request) throws IOException;

  /**
   * NOT_MODIFIED when it runs already. INVALID with Docker's words when the program can't be
   * executed.
   */
  void start(String ref) throws IOException;

  /**
   * Sends the stop signal, then SIGKILL; returns when it has ended. NOT_MODIFIED when it does not
   * run.
   *
   * @param timeout seconds, negative waits for ever, null is the container's own
   * @param signal null is the container's own
   */
  void stop(String ref, @Nullable Integer timeout, @Nullable String signal) throws IOException;

  /** Stops where needed, then starts. */
  void restart(String ref, @Nullable Integer timeout, @Nullable String signal) throws IOException;

  /**
   * Sends a signal by name or number; SIGKILL waits for the end. CONFLICT when it isn't running.
   */
  void kill(String ref, String signal) throws IOException;

  /** Freezes its processes. CONFLICT when it is not running or paused already. */
  void pause(String ref) throws IOException;

  /** Lets them go on. CONFLICT when it is not paused. */
  void unpause(String ref) throws IOException;

  /**
   * Gives it another name, by which others in its networks find it at once. CONFLICT when the name
   * is taken, naming the holder; INVALID for its own and for one that cannot be.
   */
  void rename(String ref, String name) throws IOException;

  /**
   * Removes it. CONFLICT with Docker's words while it runs, unless forced.
   *
   * @param volumes its anonymous volumes too
   */
  void remove(String ref, boolean force, boolean volumes) throws IOException;

  /**
   * Removes every container that doesn't run and isn't to be started again, but not its volumes.
   *
   * @param filters {@code label} and {@code label!}, which all have to hold, and {@code until}, a
   *     time as Docker's clients give it, before which it was created; INVALID for others
   */
  Pruned prune(Map<String, List<String>> filters) throws IOException;

  /**
   * Takes a link away, by its name {@code web/db}; neither container is. NOT_FOUND for one that
   * isn't there; CONFLICT with Docker's words for a container's own name.
   */
  void unlink(String name) throws IOException;

  /**
   * Changes limits and the restart policy, also while it runs; what could not be set is left as it
   * was.
   *
   * @return warnings, in Docker's words, about what this host can't limit
   */
  List<String> update(String ref, UpdateRequest request) throws IOException;

  /** The size of its terminal; CONFLICT when it isn't running. */
  void resize(String ref, ConsoleSize size) throws IOException;

  /**
   * Completes when the condition is met, see {@link WaitCondition}; exceptionally when the engine
   * goes before. The stage is this caller's alone: who no longer waits cancels its future, and
   * nothing of it is kept.
   */
  CompletionStage<WaitResult> await(String ref, WaitCondition condition);

  /** What is waited for. */
  enum WaitCondition {
    /** It isn't running: at once when it is so now. */
    NOT_RUNNING,
    /** The next time it ends. */
    NEXT_EXIT,
    /** It is gone. */
    REMOVED
  }

  /** What was removed, and the bytes of its own that it had on disk. */
  record Pruned(List<ContainerId> containers, long bytes) {
    public Pruned {
      containers = List.copyOf(containers);
    }
  }

  /** The exit code, with an error's words when waiting itself failed. */
  record WaitResult(int exitCode, @Nullable String error) {}
}
