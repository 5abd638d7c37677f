package dev.felucca.kernel.isolation;

import java.util.List;

/** The uid and gid maps of a user namespace, as user_namespaces(7) has them. */
public record IdMapping(List<Range> uids, List<Range> gids) {
  /** {@code length} ids from {@code container} inside stand for those from {@code host} outside. */
  public record Range(long container, long host, long length) {}
}
