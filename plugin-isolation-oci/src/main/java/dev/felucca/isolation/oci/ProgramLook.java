package dev.felucca.isolation.oci;

import dev.felucca.isolation.program.SearchPath;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.isolation.ProcessSpec;
import dev.felucca.linux.Fd;
import dev.felucca.linux.LinuxFiles;
import dev.felucca.linux.OpenFlag;
import dev.felucca.linux.SyscallException;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.mount.RootWalk;
import java.io.IOException;
import java.util.List;

/**
 * Looks whether there is a program where our init would execute it: the runtime only sees the init.
 */
final class ProgramLook {
  private static final int S_IFMT = 0170000;
  private static final int S_IFDIR = 0040000;

  private ProgramLook() {}

  /** INVALID with Docker's words when there is none. */
  static void check(Syscalls linux, int pid, ProcessSpec process) throws IOException {
    String name = process.argv().get(0);
    List<String> places = SearchPath.candidates(process);
    if (name.contains("/") && !name.startsWith("/")) {
      return; // depends on where it stands
    }
    try (Fd root =
        new LinuxFiles(linux)
            .openat(
                LinuxFiles.AT_FDCWD,
                "/proc/" + pid + "/root",
                0,
                OpenFlag.PATH,
                OpenFlag.DIRECTORY)) {
      if (!look(linux, root, BundleConfig.INIT).isEmpty()) {
        return; // of runsc only the sandbox is seen, and it has another root
      }
      String words = "executable file not found in $PATH";
      for (String place : places) {
        String why = look(linux, root, place);
        if (why.isEmpty()) {
          return;
        }
        words = name.contains("/") ? why : words;
      }
      throw new EngineException(EngineException.Kind.INVALID, "exec: \"" + name + "\": " + words);
    }
  }

  private static String look(Syscalls linux, Fd root, String place) throws IOException {
    try (Fd file = new RootWalk(linux).open(root, place)) {
      int mode = new LinuxFiles(linux).mode(file);
      if ((mode & S_IFMT) == S_IFDIR) {
        return "is a directory";
      }
      return (mode & 0111) == 0 ? "permission denied" : "";
    } catch (SyscallException e) {
      return e.errno().text();
    }
  }
}
