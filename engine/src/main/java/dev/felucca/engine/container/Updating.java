package dev.felucca.engine.container;

import static dev.felucca.kernel.EngineException.Kind.CONFLICT;
import static dev.felucca.kernel.EngineException.Kind.INVALID;
import static dev.felucca.kernel.EngineException.Kind.UNAVAILABLE;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.ContainerState.Status;
import dev.felucca.kernel.container.HostConfig;
import dev.felucca.kernel.container.RestartPolicy;
import dev.felucca.kernel.container.UpdateRequest;
import dev.felucca.kernel.isolation.Resources;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
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
      RunRecord run = container.run();
      if (run != null && container.status().alive()) {
        // Written first: what a crash leaves half done, the adoption does.
        intend(container, run.withNext(next));
        try {
          tell(container, now, wanted, asked.nanoCpus());
          rewrite(container, next);
        } catch (IOException | RuntimeException e) {
          takeBack(container, run.withNext(now), e);
          throw e;
        }
      } else {
        rewrite(container, next);
      }
      core.publish(container, "update");
    }
    return warnings;
  }

  /**
   * With the lane held: brings the change to its end that a crash came into. Where that can't be,
   * nothing of it stays.
   */
  void finish(Container container) throws IOException {
    RunRecord run = container.run();
    HostConfig next = run == null ? null : run.next();
    HostConfig now = container.record().hostConfig();
    if (run == null || next == null || next.equals(now)) {
      return;
    }
    try {
      if (!next.resources().equals(now.resources())
          || !Objects.equals(next.nanoCpus(), now.nanoCpus())) {
        limit(container, DriverLimits.changed(next.resources(), next.nanoCpus()));
      }
      rewrite(container, next);
    } catch (IOException | EngineException e) {
      if (!(e instanceof EngineException refusal) || refusal.kind() != UNAVAILABLE) {
        takeBack(container, run.withNext(now), e);
      }
      throw e;
    }
  }

  private void intend(Container container, RunRecord run) throws IOException {
    core.store.writeRun(container.id, run);
    container.run(run);
  }

  private void rewrite(Container container, HostConfig next) throws IOException {
    ContainerRecord updated = container.record().withHostConfig(next);
    core.store.rewrite(updated);
    container.record(updated);
  }

  /** Some of the limits may have been set before one was refused. */
  private void takeBack(Container container, RunRecord before, Exception cause) {
    HostConfig now = container.record().hostConfig();
    try {
      limit(container, DriverLimits.changed(now.resources(), now.nanoCpus()));
    } catch (IOException | RuntimeException e) {
      cause.addSuppressed(e);
    }
    try {
      intend(container, before);
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
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
    try {
      limit(container, edit.build());
    } catch (IOException e) {
      throw new EngineException(
          EngineException.Kind.INTERNAL,
          "Cannot update container " + container.id.hex() + ": " + e.getMessage(),
          e);
    }
  }

  private void limit(Container container, Resources change) throws IOException {
    core.drivers
        .isolation()
        .run(
            container.record().drivers().isolation(),
            driver -> driver.update(container.id, change));
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
