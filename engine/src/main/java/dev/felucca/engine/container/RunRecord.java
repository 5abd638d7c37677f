package dev.felucca.engine.container;

import dev.felucca.engine.network.EndpointInUse;
import dev.felucca.kernel.container.HostConfig;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One run of a container, kept where a reboot forgets it.
 *
 * @param confirmed false until its program has been executed: what a crash leaves so was never told
 *     to anybody
 * @param networkNamespace empty where the container has none of its own
 * @param linked variables that its links gave it when it began
 * @param next what its settings on the host were last to become while it ran: another than the
 *     container's own where a crash came into the change; null before the first
 */
record RunRecord(
    boolean confirmed,
    int pid,
    String networkNamespace,
    Instant started,
    boolean paused,
    List<EndpointInUse> endpoints,
    List<String> linked,
    @Nullable HostConfig next) {
  RunRecord {
    // Absent in files of engines that did not keep them.
    linked = linked == null ? List.of() : List.copyOf(linked);
  }

  RunRecord withPaused(boolean now) {
    return new RunRecord(confirmed, pid, networkNamespace, started, now, endpoints, linked, next);
  }

  RunRecord withEndpoints(List<EndpointInUse> other) {
    return new RunRecord(confirmed, pid, networkNamespace, started, paused, other, linked, next);
  }

  RunRecord withNext(HostConfig now) {
    return new RunRecord(confirmed, pid, networkNamespace, started, paused, endpoints, linked, now);
  }
}
