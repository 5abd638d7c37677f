package dev.felucca.isolation.linux.init;

import dev.felucca.isolation.program.Attempts;
import dev.felucca.isolation.program.ReaperProgram;
import dev.felucca.isolation.shim.ShimPlan;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.isolation.ProcessSpec;
import dev.felucca.linux.Program;
import dev.felucca.linux.Step;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The program of a shim with its process.
 *
 * @param chdir the step to the working directory
 * @param attempts the steps that execute what is wanted, in {@code first} where there is one
 * @param first what is executed before that and starts it, see {@link ReaperProgram}
 */
public record ProcessProgram(
    Program program,
    Step chdir,
    Attempts attempts,
    @Nullable Program first,
    Parameters parameters,
    ProcessSpec process)
    implements ShimPlan {
  @Override
  public boolean tty() {
    return process.tty();
  }

  /**
   * What a table means that a process left because it could not execute.
   *
   * @throws EngineException INVALID with Docker's words, when it is the program's fault
   * @throws IOException when it is anything else
   */
  @Override
  public void refuse(byte[] table) throws IOException {
    // They never are of one size.
    boolean later = first != null && table.length == first.tableSize();
    Program failed = later ? Objects.requireNonNull(first) : program;
    if (table.length != failed.tableSize()) {
      throw new IOException("a shim ended before its time");
    }
    var failure = failed.failure(table);
    if (failure.isPresent() && failure.get().step() == chdir) {
      throw new EngineException(
          EngineException.Kind.INVALID,
          "chdir to cwd (\"%s\") set in config.json failed: %s"
              .formatted(process.workingDir(), failure.get().errno().text()));
    }
    if (failure.isPresent()) {
      throw failure.get().toException();
    }
    throw attempts.refusal(process, table);
  }

  /** One line a step, for people and golden files. */
  public List<String> listing() {
    List<String> lines = new ArrayList<>(program.listing());
    if (first != null) {
      lines.add("docker-init:");
      lines.addAll(first.listing());
    }
    return lines;
  }
}
