package dev.felucca.engine.container;

import static dev.felucca.kernel.EngineException.Kind.INVALID;
import static dev.felucca.kernel.EngineException.Kind.NOT_IMPLEMENTED;

import dev.felucca.engine.state.EngineConfig;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.ListSetting;
import dev.felucca.kernel.container.ContainerConfig;
import dev.felucca.kernel.container.HostConfig;
import dev.felucca.kernel.container.LogConfig;
import dev.felucca.kernel.container.RestartPolicy;
import dev.felucca.kernel.isolation.HostLimits;
import dev.felucca.kernel.isolation.Resources;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Refuses what cannot be, in Docker's words, and what this engine can't do yet, plainly; fills in
 * the engine's defaults. Nothing that was asked for is passed over in silence.
 */
final class HostConfigCheck {
  private HostConfigCheck() {}

  /**
   * @param warnings is added to
   */
  static HostConfig check(
      ContainerConfig config,
      HostConfig asked,
      EngineConfig engine,
      HostLimits here,
      List<String> warnings)
      throws IOException {
    restartPolicy(asked.restartPolicy());
    refuseRestartAndRemove(asked);
    notYet(asked);
    ranges(asked, config);
    Long cpus = asked.nanoCpus();
    Resources limits =
        new ResourceCheck(here, false, warnings)
            .fit(asked.resources(), cpus == null || cpus == 0 ? null : cpus);
    SecurityOptions.parse(asked);
    SecurityOptions.warn(asked, warnings);
    SysctlCheck.check(asked);
    NetworkMode network = NetworkMode.parse(asked.networkMode());
    network(network, asked, config, warnings);
    HealthPlan.check(config.healthcheck());
    HostConfig.Builder full = withDefaults(asked, engine, network);
    full.resources = limits;
    full.users = UserModes.mapping(asked, engine);
    return full.build();
  }

  private static HostConfig.Builder withDefaults(
      HostConfig asked, EngineConfig engine, NetworkMode network) {
    HostConfig.Builder full = asked.toBuilder();
    full.networkMode = network.toString();
    if (asked.ipcMode().isEmpty()) {
      full.ipcMode = "private";
    }
    if (asked.cgroupnsMode().isEmpty()) {
      full.cgroupnsMode = asked.privileged() ? "host" : "private";
    }
    if (asked.shmSize() == 0) {
      full.shmSize = engine.shmSize();
    }
    if (asked.restartPolicy().name().isEmpty()) {
      full.restartPolicy = RestartPolicy.NO;
    }
    if (asked.init() == null) {
      full.init = engine.init() ? Boolean.TRUE : null;
    }
    full.logConfig = log(asked.logConfig(), engine);
    return full;
  }

  private static LogConfig log(LogConfig asked, EngineConfig engine) {
    if (!asked.type().isEmpty() && !asked.type().equals(engine.logDriver())) {
      return asked;
    }
    Map<String, String> options = new HashMap<>();
    if (asked.config().isEmpty()) {
      for (String option : ListSetting.pairs(engine.logOptions())) {
        int equals = option.indexOf('=');
        if (equals > 0) {
          options.put(option.substring(0, equals).strip(), option.substring(equals + 1).strip());
        }
      }
    }
    options.putAll(asked.config());
    return new LogConfig(engine.logDriver(), options);
  }

  static void restartPolicy(RestartPolicy policy) {
    boolean counted = policy.maximumRetryCount() != 0;
    switch (policy.name()) {
      case "", "no", "always", "unless-stopped" -> {
        if (counted) {
          throw new EngineException(
              INVALID,
              "invalid restart policy: maximum retry count can only be used with 'on-failure'");
        }
      }
      case "on-failure" -> {
        if (policy.maximumRetryCount() < 0) {
          throw new EngineException(
              INVALID, "invalid restart policy: maximum retry count cannot be negative");
        }
      }
      default ->
          throw new EngineException(
              INVALID,
              "invalid restart policy: unknown policy '"
                  + policy.name()
                  + "'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'");
    }
  }

  private static void refuseRestartAndRemove(HostConfig host) {
    RestartPolicy policy = host.restartPolicy();
    if (host.autoRemove() && !policy.name().isEmpty() && !policy.name().equals("no")) {
      throw new EngineException(INVALID, "can't create 'AutoRemove' container with restart policy");
    }
  }

  private static void notYet(HostConfig host) {
    refuseUnless(host.cgroup().isEmpty(), "another container's cgroup");
  }

  private static void refuseUnless(boolean fine, String what) {
    if (!fine) {
      throw new EngineException(
          NOT_IMPLEMENTED, what + " not supported by this version of the engine");
    }
  }

  private static void ranges(HostConfig host, ContainerConfig config) {
    if (host.oomScoreAdj() < -1000 || host.oomScoreAdj() > 1000) {
      invalid("Invalid value " + host.oomScoreAdj() + ", range for oom score adj is [-1000, 1000]");
    }
    if (host.annotations().containsKey("")) {
      invalid("invalid Annotations: the empty string is not permitted as an annotation key");
    }
    if (host.shmSize() < 0) {
      invalid("SHM size can not be less than 0");
    }
    StorageOptions.size(host.storageOpt());
    if (!host.isolation().isEmpty() && !host.isolation().equals("default")) {
      invalid(
          "invalid isolation: \"" + host.isolation() + "\": only \"default\" is known on Linux");
    }
    if (!config.workingDir().isEmpty() && !config.workingDir().startsWith("/")) {
      invalid(
          "the working directory '"
              + config.workingDir()
              + "' is invalid, it needs to be an absolute path");
    }
    for (String entry : config.env()) {
      if (entry.isEmpty() || entry.startsWith("=")) {
        invalid("invalid environment variable: " + entry);
      }
    }
    ProgramWords.check(config.env());
    ProgramWords.check(config.entrypoint());
    ProgramWords.check(config.cmd());
    if (config.stopSignal() != null) {
      Signals.number(config.stopSignal());
    }
    NamespaceModes.check(host);
  }

  private static void network(
      NetworkMode mode, HostConfig host, ContainerConfig config, List<String> warnings) {
    boolean publishes = !host.portBindings().isEmpty() || host.publishAllPorts();
    if (mode.kind() == NetworkMode.Kind.CONTAINER) {
      if (!config.hostname().isEmpty()) {
        invalid("conflicting options: hostname and the network mode");
      }
      if (publishes) {
        invalid("conflicting options: port publishing and the container type network mode");
      }
      if (!host.dns().isEmpty()) {
        invalid("conflicting options: dns and the network mode");
      }
      if (!host.extraHosts().isEmpty()) {
        invalid("conflicting options: custom host-to-IP mapping and the network mode");
      }
    }
    if (!host.links().isEmpty() && (mode.isHost() || mode.kind() == NetworkMode.Kind.CONTAINER)) {
      invalid(
          "conflicting options: "
              + (mode.isHost() ? "host type networking" : "container type network")
              + " can't be used with links. This would result in undefined behavior");
    }
    host.links().forEach(Links::split);
    if (mode.isHost()) {
      if (publishes) {
        warnings.add("Published ports are discarded when using host network mode");
      }
    }
    ExtraHosts.check(host.extraHosts());
    PortSpecs.check(host.portBindings());
    config.exposedPorts().forEach(PortSpecs::exposed);
  }

  private static void invalid(String message) {
    throw new EngineException(INVALID, message);
  }
}
