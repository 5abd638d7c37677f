package dev.felucca.isolation.program;

import static dev.felucca.linux.Arg.n;
import static dev.felucca.linux.Arg.named;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.isolation.ProcessSpec;
import dev.felucca.linux.Arg;
import dev.felucca.linux.Errno;
import dev.felucca.linux.Program;
import dev.felucca.linux.ProgramBuilder;
import dev.felucca.linux.Step;
import dev.felucca.linux.Sysno;
import java.util.ArrayList;
import java.util.List;

/**
 * The steps that try to execute a program, one for each place where it may be, and the words for
 * all of them having failed.
 *
 * @param isDirectory a step after them that succeeds when the last place is a directory
 */
public record Attempts(List<Step> steps, Step isDirectory) {

  public static Attempts emit(ProgramBuilder builder, ProcessSpec process, Arg environment) {
    Arg.Address argv = builder.texts(process.argv(), "argv");
    List<Step> steps = new ArrayList<>();
    List<String> candidates = SearchPath.candidates(process);
    for (String candidate : candidates) {
      Step attempt = builder.step(Sysno.EXECVE, builder.text(candidate), argv, environment);
      steps.add(attempt.ignoringErrors());
    }
    // Only to say better why: execve(2) has one errno for a directory and a missing permission.
    String last = candidates.isEmpty() ? "" : candidates.get(candidates.size() - 1);
    Step isDirectory =
        builder
            .step(Sysno.FACCESSAT, named(-100, "AT_FDCWD"), builder.text(last + "/."), n(0))
            .ignoringErrors();
    return new Attempts(List.copyOf(steps), isDirectory);
  }

  /** Docker's words, from a table in which every attempt failed. */
  public EngineException refusal(ProcessSpec process, byte[] table) {
    String name = '"' + process.argv().get(0) + '"';
    if (!process.argv().get(0).contains("/")) {
      for (Step attempt : steps) {
        Errno errno = errno(table, attempt);
        if (errno != Errno.ENOENT && errno != Errno.ENOTDIR && errno != Errno.EACCES) {
          return invalid(name + ": " + errno.text());
        }
      }
      return invalid(name + ": executable file not found in $PATH");
    }
    Errno errno = errno(table, steps.get(0));
    if (errno == Errno.EACCES && Program.result(table, isDirectory) == 0) {
      return invalid(name + ": is a directory");
    }
    return invalid(name + ": " + errno.text());
  }

  private static Errno errno(byte[] table, Step attempt) {
    return Errno.of(Program.result(table, attempt));
  }

  private static EngineException invalid(String what) {
    return new EngineException(EngineException.Kind.INVALID, "exec: " + what);
  }
}
