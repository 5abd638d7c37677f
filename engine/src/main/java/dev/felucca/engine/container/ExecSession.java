package dev.felucca.engine.container;

import static dev.felucca.kernel.EngineException.Kind.CONFLICT;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.ExecManager.ExecConfig;
import dev.felucca.kernel.container.ExecManager.ExecDetails;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/** One exec from its creation to five minutes after its end. */
final class ExecSession {
  /** What is shown when the driver went before the process ended. */
  static final int LOST = 255;

  private final String id;
  private final Container container;
  private final ExecConfig config;
  private final Future<?> removal;
  private boolean begun;
  private boolean running;
  private int pid;
  private @Nullable Integer exitCode;

  /**
   * @param removal is done when the container is removed, or nobody need know of this any more
   */
  ExecSession(String id, Container container, ExecConfig config, Future<?> removal) {
    this.id = id;
    this.container = container;
    this.config = config;
    this.removal = removal;
  }

  /** Nobody may ask for it any more. */
  void forget() {
    removal.cancel(false);
  }

  String id() {
    return id;
  }

  Container container() {
    return container;
  }

  ExecConfig config() {
    return config;
  }

  /** CONFLICT for a second start, with Docker's words. */
  synchronized void begin() {
    if (begun) {
      throw new EngineException(
          CONFLICT,
          running
              ? "exec command " + id + " is already running"
              : "exec command " + id + " has already run");
    }
    begun = true;
    running = true;
  }

  synchronized void started(int newPid) {
    pid = newPid;
  }

  synchronized void failed(Exception failure) {
    String text = String.valueOf(failure.getMessage());
    running = false;
    exitCode =
        text.contains("executable file not found") || text.contains("no such file or directory")
            ? 127
            : 126;
  }

  synchronized void ended(int code) {
    running = false;
    exitCode = code;
  }

  synchronized boolean isRunning() {
    return running;
  }

  synchronized @Nullable Integer exitCode() {
    return exitCode;
  }

  synchronized ExecDetails details() {
    return new ExecDetails(id, container.id, config, running, exitCode, pid);
  }
}
