package dev.felucca.isolation.program;

import dev.felucca.kernel.isolation.ProcessSpec;
import java.util.ArrayList;
import java.util.List;

/** Where a program may be: itself when it names a path, else along the process's own PATH. */
public final class SearchPath {
  private SearchPath() {}

  public static List<String> candidates(ProcessSpec process) {
    String program = process.argv().get(0);
    if (program.contains("/")) {
      return List.of(program);
    }
    String path = "";
    for (String entry : process.env()) {
      if (entry.startsWith("PATH=")) {
        path = entry.substring("PATH=".length());
      }
    }
    List<String> candidates = new ArrayList<>();
    for (String directory : path.split(":", -1)) {
      // A relative entry would make it matter where the process stands; Docker refuses those too.
      if (directory.startsWith("/") && !program.isEmpty()) {
        candidates.add(directory.endsWith("/") ? directory + program : directory + "/" + program);
      }
    }
    return candidates;
  }
}
