package dev.felucca.isolation.shim;

import dev.felucca.linux.Program;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The program of a shim, and what it means when it fails. */
public interface ShimPlan {
  /** What the shim walks. */
  Program program();

  /** What the process executes from {@link ShimFds#INIT}, if it does. */
  default @Nullable Program first() {
    return null;
  }

  /** Whether the process is to have a terminal. */
  boolean tty();

  /**
   * Says what a table means that the process left because it could not go on; never returns.
   *
   * @throws dev.felucca.kernel.EngineException INVALID with Docker's words, when it is the
   *     asked-for program's fault
   * @throws IOException when it is anything else
   */
  void refuse(byte[] table) throws IOException;
}
