package dev.felucca.isolation.user;

import java.util.List;

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
}
