package dev.felucca.engine.container;

import dev.felucca.engine.network.EndpointInUse;
import java.time.Instant;
import java.util.List;

/**
 * One run of a container, kept where a reboot forgets it.
 *
 * @param confirmed false until its program has been executed: what a crash leaves so was never told
 *     to anybody
 * @param networkNamespace empty where the container has none of its own
 * @param linked variables that its links gave it when it began
 */
record RunRecord(
    boolean confirmed,
    int pid,
    String networkNamespace,
    Instant started,
    boolean paused,
    List<EndpointInUse> endpoints,
    List<String> linked) {
  RunRecord {
    // Absent in files of engines that did not keep them.
    linked = linked == null ? List.of() : List.copyOf(linked);
  }

  RunRecord withPaused(boolean now) {
    return new RunRecord(confirmed, pid, networkNamespace, started, now, endpoints, linked);
  }

  RunRecord withEndpoints(List<EndpointInUse> other) {
    return new RunRecord(confirmed, pid, networkNamespace, started, paused, other, linked);
  }
}
