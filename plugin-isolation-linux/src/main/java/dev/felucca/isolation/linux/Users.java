package dev.felucca.isolation.linux;

import dev.felucca.isolation.linux.init.Parameters;
import dev.felucca.isolation.user.ResolvedUser;
import dev.felucca.isolation.user.RootFiles;
import dev.felucca.isolation.user.UserLookup;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.IdMapping;
import dev.felucca.kernel.isolation.ProcessSpec;
import dev.felucca.linux.Syscalls;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Who a process runs as, by the files in the root of a process of its container. */
final class Users {
  private Users() {}

  static ResolvedUser find(Syscalls linux, int pid, ProcessSpec process, @Nullable IdMapping users)
      throws IOException {
    RootFiles root = new RootFiles(linux, pid);
    ResolvedUser user =
        new UserLookup(root.read("etc/passwd"), root.read("etc/group"))
            .find(process.user(), process.extraGroups());
    if (user.groups().size() > Parameters.MAX_GROUPS) {
      throw invalid("more than " + Parameters.MAX_GROUPS + " groups for one process");
    }
    if (user.home().getBytes(StandardCharsets.UTF_8).length > Parameters.MAX_HOME
        || user.home().indexOf('\0') >= 0) {
      throw invalid("the home directory of user " + process.user() + " cannot be used");
    }
    return user.among(users);
  }

  private static EngineException invalid(String message) {
    return new EngineException(EngineException.Kind.INVALID, message);
  }
}
