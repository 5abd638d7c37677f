package dev.felucca.engine.container;

import static dev.felucca.kernel.EngineException.Kind.CONFLICT;
import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.ContainerState.Status;
import dev.felucca.kernel.container.HostConfig;
import dev.felucca.kernel.container.RestartPolicy;
import dev.felucca.kernel.container.UpdateRequest;
import dev.felucca.kernel.isolation.Resources;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Changes the limits and the restart policy of a container that is there, with Docker's rules. */
final class Updating {
  private final Core core;

  Updating(Core core) {
    this.core = core;
  }

  List<String> update(Container container, UpdateRequest asked) throws IOException {
    List<String> warnings = new ArrayList<>();
    try (Lane.Hold hold = container.lane.enter("update", container.name())) {
      if (container.status() == Status.REMOVING || container.status() == Status.DEAD) {
        throw new EngineException(
            CONFLICT, "container is marked for removal and cannot be \"update\"");
      }
      ContainerRecord record = container.record();
      HostConfig now = record.hostConfig();
      Resources wanted =
          new ResourceCheck(core.limits(record.drivers().isolation()), true, warnings)
              .fit(asked.resources(), asked.nanoCpus());
      HostConfig next = merged(now, wanted, asked);
      if (container.run() != null && container.status().alive()) {
        tell(container, now, wanted, asked.nanoCpus());
      }
      ContainerRecord updated = record.withHostConfig(next);
      core.store.rewrite(updated);
      container.record(updated);
      core.publish(container, "update");
    }
    return warnings;
  }

  /** Only what changes, and what cannot be set without its other half. */
  private void tell(Container container, HostConfig now, Resources wanted, @Nullable Long nanoCpus)
      throws IOException {
    ResourceEdit edit = new ResourceEdit(DriverLimits.changed(wanted, nanoCpus));
    if (edit.memory != null && edit.memorySwap == null) {
      edit.memorySwap = now.resources().memorySwap();
    } else if (edit.memorySwap != null && edit.memory == null) {
      edit.memory = now.resources().memory();
    }
    Resources change = edit.build();
    try {
      core.drivers
          .isolation()
          .run(
              container.record().drivers().isolation(),
              driver -> driver.update(container.id, change));
    } catch (IOException e) {
      throw new EngineException(
          EngineException.Kind.INTERNAL,
          "Cannot update container " + container.id.hex() + ": " + e.getMessage(),
          e);
    }
  }

  private static HostConfig merged(HostConfig now, Resources wanted, UpdateRequest asked) {
    Resources had = now.resources();
    boolean hasCpus = now.nanoCpus() != null && now.nanoCpus() > 0;
    boolean wantsCpus = asked.nanoCpus() != null && asked.nanoCpus() > 0;
    refuseIf(
        wanted.cpuPeriod() != null && hasCpus,
        "Conflicting options: CPU Period cannot be updated as NanoCPUs has already been set");
    refuseIf(
        wanted.cpuQuota() != null && hasCpus,
        "Conflicting options: CPU Quota cannot be updated as NanoCPUs has already been set");
    refuseIf(
        wantsCpus && isSet(had.cpuPeriod()),
        "Conflicting options: NanoCPUs cannot be updated as CPU Period has already been set");
    refuseIf(
        wantsCpus && isSet(had.cpuQuota()),
        "Conflicting options: NanoCPUs cannot be updated as CPU Quota has already been set");
    Long swap = had.memorySwap();
    refuseIf(
        wanted.memory() != null
            && wanted.memorySwap() == null
            && swap != null
            && swap > 0
            && wanted.memory() > swap,
        "Memory limit should be smaller than already set memoryswap limit, update the memoryswap at"
            + " the same time");
    HostConfig.Builder next = now.toBuilder();
    next.resources = new ResourceEdit(wanted, had).build();
    if (wantsCpus) {
      next.nanoCpus = asked.nanoCpus();
    }
    RestartPolicy policy = asked.restartPolicy();
    if (policy != null && !policy.name().isEmpty()) {
      if (now.autoRemove() && !policy.name().equals("no")) {
        throw new EngineException(
            CONFLICT,
            "Restart policy cannot be updated because AutoRemove is enabled for the container");
      }
      HostConfigCheck.restartPolicy(policy);
      next.restartPolicy = policy;
    }
    return next.build();
  }

  private static boolean isSet(@Nullable Long value) {
    return value != null && value != 0;
  }

  private static void refuseIf(boolean wrong, String message) {
    if (wrong) {
      throw new EngineException(INVALID, message);
    }
  }
}
