package dev.felucca.isolation.linux.init;

import dev.felucca.isolation.shim.ShimPlan;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.isolation.ProcessSpec;
import dev.felucca.linux.Errno;
import dev.felucca.linux.Program;
import dev.felucca.linux.Step;
import java.io.IOException;
import java.util.List;

/**
 * The program of a shim with its process.
 *
 * @param chdir the step to the working directory
 * @param attempts the steps that execute, one for each place where the program may be
 * @param isDirectory a step after them that succeeds when the last place is a directory
 */
public record ProcessProgram(
    Program program,
    Step chdir,
    List<Step> attempts,
    Step isDirectory,
    Parameters parameters,
    ProcessSpec process)
    implements ShimPlan {
  @Override
  public boolean tty() {
    return process.tty();
  }

  /**
   * What a table means that the process left because it could not execute.
   *
   * @throws EngineException INVALID with Docker's words, when it is the program's fault
   * @throws IOException when it is anything else
   */
  @Override
  public void refuse(byte[] table) throws IOException {
    if (table.length != program.tableSize()) {
      throw new IOException("a shim ended before its time");
    }
    var failure = program.failure(table);
    if (failure.isPresent() && failure.get().step() == chdir) {
      throw new EngineException(
          EngineException.Kind.INVALID,
          "chdir to cwd (\"%s\") set in config.json failed: %s"
              .formatted(process.workingDir(), failure.get().errno().text()));
    }
    if (failure.isPresent()) {
      throw failure.get().toException();
    }
    throw new ExecRefusal(process, attempts, isDirectory, table).exception();
  }

  /** Finds the words for a program that cannot be executed. */
  private record ExecRefusal(
      ProcessSpec process, List<Step> attempts, Step isDirectory, byte[] table) {
    EngineException exception() {
      String name = '"' + process.argv().get(0) + '"';
      if (!process.argv().get(0).contains("/")) {
        for (Step attempt : attempts) {
          Errno errno = errno(attempt);
          if (errno != Errno.ENOENT && errno != Errno.ENOTDIR && errno != Errno.EACCES) {
            return invalid(name + ": " + errno.text());
          }
        }
        return invalid(name + ": executable file not found in $PATH");
      }
      Errno errno = errno(attempts.get(0));
      if (errno == Errno.EACCES && Program.result(table, isDirectory) == 0) {
        return invalid(name + ": is a directory");
      }
      return invalid(name + ": " + errno.text());
    }

    private Errno errno(Step attempt) {
      return Errno.of(Program.result(table, attempt));
    }

    private static EngineException invalid(String what) {
      return new EngineException(EngineException.Kind.INVALID, "exec: " + what);
    }
  }
}
