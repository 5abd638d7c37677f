package dev.felucca.kernel.container;

import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.isolation.ConsoleSize;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Further processes in running containers. {@code execId} is 64 hexadecimal digits or an
 * unambiguous prefix.
 */
public interface ExecManager {
  /** CONFLICT with Docker's words when the container isn't running or is paused. */
  String create(String ref, ExecConfig config);

  /**
   * Starts it; an exec runs once: CONFLICT for a second start. INVALID with Docker's words when the
   * program can't be executed; {@link #inspect} then answers 126 or 127 as its exit code. The
   * listener may hear output before this returns.
   *
   * @param listener null starts it detached, with no output kept
   */
  Attachment start(String execId, @Nullable ConsoleSize size, @Nullable StreamListener listener)
      throws IOException;

  /** The size of its terminal; CONFLICT when it is not running. */
  void resize(String execId, ConsoleSize size) throws IOException;

  /** Known for five minutes after its end. */
  ExecDetails inspect(String execId);

  /** What a client asks for. */
  record ExecConfig(
      List<String> cmd,
      List<String> env,
      String workingDir,
      String user,
      boolean tty,
      boolean privileged,
      boolean attachStdin,
      boolean attachStdout,
      boolean attachStderr,
      String detachKeys,
      @Nullable ConsoleSize consoleSize) {}

  /**
   * An exec as it stands.
   *
   * @param exitCode null until it has ended
   */
  record ExecDetails(
      String id,
      ContainerId container,
      ExecConfig config,
      boolean running,
      @Nullable Integer exitCode,
      int pid) {}
}
