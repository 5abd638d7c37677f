package dev.felucca.isolation.keeper;

import dev.felucca.kernel.isolation.ProcessInfo;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Reads /proc for people. */
public final class Processes {
  private Processes() {}

  /** Those that are still there, in the order given. */
  public static List<ProcessInfo> of(List<Integer> pids) {
    List<ProcessInfo> processes = new ArrayList<>();
    for (int pid : pids) {
      Path proc = Path.of("/proc/" + pid);
      try {
        String stat = new String(Files.readAllBytes(proc.resolve("stat")), StandardCharsets.UTF_8);
        int end = stat.lastIndexOf(')');
        int parent = Integer.parseInt(stat.substring(end + 2).split(" ", 3)[1]);
        byte[] line = Files.readAllBytes(proc.resolve("cmdline"));
        String command = new String(line, StandardCharsets.UTF_8).replace('\0', ' ').trim();
        if (command.isEmpty()) {
          command = "[" + stat.substring(stat.indexOf('(') + 1, end) + "]";
        }
        processes.add(new ProcessInfo(pid, parent, Files.getOwner(proc).getName(), command));
      } catch (IOException e) {
        // It ended while we looked: then it is not one of the container's processes any more.
        continue;
      }
    }
    return processes;
  }
}
