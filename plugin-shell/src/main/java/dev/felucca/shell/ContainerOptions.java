package dev.felucca.shell;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.Platform;
import dev.felucca.kernel.container.ContainerConfig;
import dev.felucca.kernel.container.CreateRequest;
import dev.felucca.kernel.container.EndpointConfig;
import dev.felucca.kernel.container.HostConfig;
import dev.felucca.kernel.container.HostPort;
import dev.felucca.kernel.container.LogConfig;
import dev.felucca.kernel.container.RestartPolicy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * The options {@code create} and {@code run} share, by the docker CLI's names, and ours for
 * choosing drivers.
 */
final class ContainerOptions {
  @Option(names = "--name")
  @Nullable String name;

  @Option(names = {"-i", "--interactive"})
  boolean interactive;

  @Option(names = {"-t", "--tty"})
  boolean tty;

  @Option(names = "--rm")
  boolean remove;

  @Option(names = {"-e", "--env"})
  List<String> env = new ArrayList<>();

  @Option(names = {"-w", "--workdir"})
  String workingDir = "";

  @Option(names = {"-u", "--user"})
  String user = "";

  @Option(names = {"-h", "--hostname"})
  String hostname = "";

  @Option(names = "--entrypoint")
  @Nullable String entrypoint;

  @Option(names = {"-l", "--label"})
  Map<String, String> labels = new LinkedHashMap<>();

  @Option(names = {"-v", "--volume"})
  List<String> binds = new ArrayList<>();

  @Option(names = "--volumes-from")
  List<String> volumesFrom = new ArrayList<>();

  @Option(names = "--mount")
  List<String> mounts = new ArrayList<>();

  @Option(names = "--tmpfs")
  List<String> tmpfs = new ArrayList<>();

  @Option(names = {"--network", "--net"})
  String network = "default";

  @Option(names = "--link")
  List<String> links = new ArrayList<>();

  @Option(names = "--dns")
  List<String> dns = new ArrayList<>();

  @Option(names = "--dns-search")
  List<String> dnsSearch = new ArrayList<>();

  @Option(names = {"--dns-option", "--dns-opt"})
  List<String> dnsOptions = new ArrayList<>();

  @Option(names = "--add-host")
  List<String> extraHosts = new ArrayList<>();

  @Option(names = {"--network-alias", "--net-alias"})
  List<String> aliases = new ArrayList<>();

  @Option(names = "--ip")
  String ip = "";

  @Option(names = "--ip6")
  String ip6 = "";

  @Option(names = "--link-local-ip", description = "one more address of its interface")
  List<String> linkLocal = new ArrayList<>();

  @Option(names = "--mac-address")
  String macAddress = "";

  @Option(names = {"-P", "--publish-all"})
  boolean publishAll;

  @Option(names = "--expose")
  List<String> expose = new ArrayList<>();

  @Option(names = {"-p", "--publish"})
  List<String> ports = new ArrayList<>();

  @Option(names = "--privileged")
  boolean privileged;

  @Option(names = "--read-only")
  boolean readonly;

  @Option(names = "--cap-add")
  List<String> capAdd = new ArrayList<>();

  @Option(names = "--cap-drop")
  List<String> capDrop = new ArrayList<>();

  @Option(names = "--security-opt")
  List<String> securityOpt = new ArrayList<>();

  @Mixin LimitOptions limits = new LimitOptions();

  @Mixin LimitOptions.Extra more = new LimitOptions.Extra();

  @Option(names = "--restart")
  String restart = "no";

  @Option(names = "--log-driver")
  String logDriver = "";

  @Option(names = "--log-opt")
  Map<String, String> logOptions = new LinkedHashMap<>();

  @Option(names = "--stop-signal")
  @Nullable String stopSignal;

  @Option(names = "--stop-timeout")
  @Nullable Integer stopTimeout;

  @Option(names = "--init")
  @Nullable Boolean init;

  @Option(names = "--platform")
  @Nullable String platform;

  @Option(names = "--storage", description = "the storage driver, where not the default")
  @Nullable String storage;

  @Option(names = "--isolation", description = "the isolation driver, where not the default")
  @Nullable String isolation;

  @Parameters(index = "0", paramLabel = "IMAGE")
  String image = "";

  @Parameters(index = "1..*", paramLabel = "COMMAND")
  List<String> command = new ArrayList<>();

  CreateRequest request(boolean attached) {
    Map<String, String> drivers = new HashMap<>();
    if (storage != null) {
      drivers.put("storage", storage);
    }
    if (isolation != null) {
      drivers.put("isolation", isolation);
    }
    return new CreateRequest(
        name,
        platform == null ? null : Platform.parse(platform),
        config(attached),
        hostConfig(),
        endpoints(),
        drivers);
  }

  private Map<String, EndpointConfig> endpoints() {
    EndpointConfig asked =
        new EndpointConfig(ip, ip6, linkLocal, List.of(), aliases, macAddress, Map.of(), 0);
    return asked.equals(EndpointConfig.DEFAULT) ? Map.of() : Map.of(network, asked);
  }

  private ContainerConfig config(boolean attached) {
    ContainerConfig.Builder config = ContainerConfig.builder();
    config.image = image;
    config.cmd = command.isEmpty() ? null : command;
    config.entrypoint = entrypoint == null ? null : List.of(entrypoint);
    config.env = env;
    config.workingDir = workingDir;
    config.user = user;
    config.hostname = hostname;
    config.labels = labels;
    config.tty = tty;
    config.openStdin = interactive;
    config.stdinOnce = interactive && attached;
    config.attachStdin = interactive && attached;
    config.attachStdout = attached;
    config.attachStderr = attached;
    config.stopSignal = stopSignal;
    config.stopTimeout = stopTimeout;
    config.exposedPorts =
        expose.stream()
            .map(port -> port.contains("/") ? port : port + "/tcp")
            .collect(Collectors.toSet());
    return config.build();
  }

  private HostConfig hostConfig() {
    HostConfig.Builder host = HostConfig.builder();
    host.binds = binds;
    host.volumesFrom = volumesFrom;
    host.mounts = mounts.stream().map(MountText::parse).toList();
    for (String mount : tmpfs) {
      int colon = mount.indexOf(':');
      Map<String, String> all = new LinkedHashMap<>(host.tmpfs);
      all.put(
          colon < 0 ? mount : mount.substring(0, colon),
          colon < 0 ? "" : mount.substring(colon + 1));
      host.tmpfs = all;
    }
    host.networkMode = network;
    host.links = links;
    host.dns = dns;
    host.dnsSearch = dnsSearch;
    host.dnsOptions = dnsOptions;
    host.extraHosts = extraHosts;
    host.portBindings = portBindings(ports);
    host.publishAllPorts = publishAll;
    host.autoRemove = remove;
    host.privileged = privileged;
    host.readonlyRootfs = readonly;
    host.capAdd = capAdd;
    host.capDrop = capDrop;
    host.securityOpt = securityOpt;
    host.logConfig = new LogConfig(logDriver, logOptions);
    host.restartPolicy = restartPolicy(restart);
    host.init = init;
    host.nanoCpus = limits.nanoCpus();
    host.resources = limits.resources(more);
    host.oomScoreAdj = more.oomScoreAdj;
    host.cgroupParent = more.cgroupParent;
    return host.build();
  }

  static RestartPolicy restartPolicy(String text) {
    int colon = text.indexOf(':');
    if (colon < 0) {
      return new RestartPolicy(text, 0);
    }
    try {
      return new RestartPolicy(
          text.substring(0, colon), Integer.parseInt(text.substring(colon + 1)));
    } catch (NumberFormatException e) {
      throw new EngineException(
          EngineException.Kind.INVALID, "maximum retry count must be an integer: " + text, e);
    }
  }

  /**
   * {@code [[ip:]hostPort:]containerPort[/protocol]} of the docker CLI, one port each; the address
   * may be in brackets.
   */
  static Map<String, List<HostPort>> portBindings(List<String> ports) {
    Map<String, List<HostPort>> bindings = new LinkedHashMap<>();
    for (String text : ports) {
      int slash = text.lastIndexOf('/');
      String protocol = slash < 0 ? "tcp" : text.substring(slash + 1);
      String rest = slash < 0 ? text : text.substring(0, slash);
      int last = rest.lastIndexOf(':');
      String container = rest.substring(last + 1);
      String host = last < 0 ? "" : rest.substring(0, last);
      int first = host.lastIndexOf(':');
      String ip = first < 0 ? "" : host.substring(0, first).replaceAll("^\\[|\\]$", "");
      bindings
          .computeIfAbsent(container + "/" + protocol, key -> new ArrayList<>())
          .add(new HostPort(ip, host.substring(first + 1)));
    }
    return bindings;
  }
}
