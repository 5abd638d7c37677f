package dev.felucca.isolation.user;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.IdMapping;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who a process runs as.
 *
 * @param groups supplementary groups
 * @param home where HOME points when the environment says nothing
 */
public record ResolvedUser(int uid, int gid, List<Integer> groups, String home) {
  public ResolvedUser {
    groups = List.copyOf(groups);
  }

  /**
   * The same, where a container's users are these; null for the host's.
   *
   * @throws EngineException INVALID in runc's words for one whom they do not have
   */
  public ResolvedUser among(@Nullable IdMapping users) {
    if (users == null) {
      return this;
    }
    if (users.hostUid(uid).isEmpty()) {
      throw invalid("cannot set uid to unmapped user in user namespace");
    }
    if (users.hostGid(gid).isEmpty()) {
      throw invalid("cannot set gid to unmapped user in user namespace");
    }
    for (int group : groups) {
      if (users.hostGid(group).isEmpty()) {
        throw invalid("cannot set gid " + group + " to unmapped group in user namespace");
      }
    }
    return this;
  }

  private static EngineException invalid(String message) {
    return new EngineException(EngineException.Kind.INVALID, message);
  }
}
