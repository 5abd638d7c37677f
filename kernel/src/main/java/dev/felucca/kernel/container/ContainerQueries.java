package dev.felucca.kernel.container;

import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.isolation.ContainerStats;
import dev.felucca.kernel.isolation.ProcessInfo;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/** Answers about containers; none of them waits for a driver, unless said so. */
public interface ContainerQueries {
  /**
   * Newest first.
   *
   * @param all those that don't run too
   * @param limit the newest so many (with {@code all} implied), 0 for no limit
   * @param filters Docker's: each key with its accepted values; INVALID for a key that doesn't
   *     exist
   */
  List<ContainerDetails> list(
      boolean all, int limit, boolean size, Map<String, List<String>> filters);

  /** What containers are called by those that are linked to them: {@code web/db}, sorted. */
  Map<ContainerId, List<String>> linkNames();

  /**
   * Everything known of it; NOT_FOUND and CONFLICT as in {@link ContainerManager}.
   *
   * @param size its sizes too, for which its tree may be walked
   */
  ContainerDetails inspect(String ref, boolean size);

  /** Asks the isolation driver; CONFLICT when it isn't running. */
  List<ProcessInfo> processes(String ref) throws IOException;

  /** Asks the isolation driver. */
  ContainerStats stats(String ref) throws IOException;

  /**
   * What starts and wires this container: the syscall program, netlink messages and mounts, by
   * section.
   */
  Map<String, List<String>> explain(String ref) throws IOException;
}
