package dev.felucca.kernel.container;

import dev.felucca.kernel.image.HealthcheckConfig;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a container is, wherever it runs: Docker's {@code ContainerConfig}. As asked for at create;
 * as merged with the image's defaults when inspected. Ports are {@code 80/tcp}, volumes are paths.
 * Made by {@link Builder}.
 *
 * @param entrypoint null takes the image's; a list with one empty string clears it
 * @param cmd null takes the image's, unless an entrypoint is given
 * @param stopTimeout seconds before SIGKILL, null is the engine's default of 10
 */
public record ContainerConfig(
    String hostname,
    String domainname,
    String user,
    boolean attachStdin,
    boolean attachStdout,
    boolean attachStderr,
    Set<String> exposedPorts,
    boolean tty,
    boolean openStdin,
    boolean stdinOnce,
    List<String> env,
    @Nullable List<String> cmd,
    @Nullable HealthcheckConfig healthcheck,
    String image,
    Set<String> volumes,
    String workingDir,
    @Nullable List<String> entrypoint,
    boolean networkDisabled,
    String macAddress,
    List<String> onBuild,
    Map<String, String> labels,
    @Nullable String stopSignal,
    @Nullable Integer stopTimeout,
    @Nullable List<String> shell) {
  public static Builder builder() {
    return new Builder();
  }

  /** A builder that begins with what is here. */
  public Builder toBuilder() {
    Builder builder = new Builder();
    builder.hostname = hostname;
    builder.domainname = domainname;
    builder.user = user;
    builder.attachStdin = attachStdin;
    builder.attachStdout = attachStdout;
    builder.attachStderr = attachStderr;
    builder.exposedPorts = exposedPorts;
    builder.tty = tty;
    builder.openStdin = openStdin;
    builder.stdinOnce = stdinOnce;
    builder.env = env;
    builder.cmd = cmd;
    builder.healthcheck = healthcheck;
    builder.image = image;
    builder.volumes = volumes;
    builder.workingDir = workingDir;
    builder.entrypoint = entrypoint;
    builder.networkDisabled = networkDisabled;
    builder.macAddress = macAddress;
    builder.onBuild = onBuild;
    builder.labels = labels;
    builder.stopSignal = stopSignal;
    builder.stopTimeout = stopTimeout;
    builder.shell = shell;
    return builder;
  }

  /** Collects fields by name. */
  public static final class Builder {
    public String hostname = "";
    public String domainname = "";
    public String user = "";
    public boolean attachStdin;
    public boolean attachStdout;
    public boolean attachStderr;
    public Set<String> exposedPorts = Set.of();
    public boolean tty;
    public boolean openStdin;
    public boolean stdinOnce;
    public List<String> env = List.of();
    public @Nullable List<String> cmd;
    public @Nullable HealthcheckConfig healthcheck;
    public String image = "";
    public Set<String> volumes = Set.of();
    public String workingDir = "";
    public @Nullable List<String> entrypoint;
    public boolean networkDisabled;
    public String macAddress = "";
    public List<String> onBuild = List.of();
    public Map<String, String> labels = Map.of();
    public @Nullable String stopSignal;
    public @Nullable Integer stopTimeout;
    public @Nullable List<String> shell;

    private Builder() {}

    public ContainerConfig build() {
      return new ContainerConfig(
          hostname,
          domainname,
          user,
          attachStdin,
          attachStdout,
          attachStderr,
          exposedPorts,
          tty,
          openStdin,
          stdinOnce,
          env,
          cmd,
          healthcheck,
          image,
          volumes,
          workingDir,
          entrypoint,
          networkDisabled,
          macAddress,
          onBuild,
          labels,
          stopSignal,
          stopTimeout,
          shell);
    }
  }
}
