package dev.felucca.shell;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.Platform;
import dev.felucca.kernel.container.ContainerConfig;
import dev.felucca.kernel.container.CreateRequest;
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
  @Option(names = "--name", paramLabel = "NAME", description = "what it is called")
  @Nullable String name;

  @Option(
      names = {"-i", "--interactive"},
      description = "keep its standard input open")
  boolean interactive;

  @Option(
      names = {"-t", "--tty"},
      description = "give it a terminal")
  boolean tty;

  @Option(names = "--rm", description = "remove it when it has ended")
  boolean remove;

  @Option(
      names = {"-e", "--env"},
      paramLabel = "NAME[=VALUE]",
      description = "a variable of its environment")
  List<String> env = new ArrayList<>();

  @Option(
      names = {"-w", "--workdir"},
      paramLabel = "DIR",
      description = "where its program begins")
  String workingDir = "";

  @Option(
      names = {"-u", "--user"},
      paramLabel = "USER[:GROUP]",
      description = "who its program runs as")
  String user = "";

  @Option(
      names = {"-h", "--hostname"},
      paramLabel = "NAME",
      description = "its host name")
  String hostname = "";

  @Option(
      names = "--entrypoint",
      paramLabel = "PROGRAM",
      description = "in place of the image's entrypoint")
  @Nullable String entrypoint;

  @Option(
      names = {"-l", "--label"},
      paramLabel = "KEY=VALUE",
      description = "a label")
  Map<String, String> labels = new LinkedHashMap<>();

  @Option(
      names = {"-v", "--volume"},
      paramLabel = "[SOURCE:]TARGET[:MODE]",
      description = "mount a volume, or a path of the host")
  List<String> binds = new ArrayList<>();

  @Option(
      names = "--volumes-from",
      paramLabel = "CONTAINER[:MODE]",
      description = "mount what that container mounts")
  List<String> volumesFrom = new ArrayList<>();

  @Option(
      names = "--mount",
      paramLabel = "TEXT",
      description = "type=bind|volume|tmpfs|image,src=,dst=,... as docker run has it")
  List<String> mounts = new ArrayList<>();

  @Option(names = "--tmpfs", paramLabel = "TARGET[:OPTIONS]", description = "mount a tmpfs")
  List<String> tmpfs = new ArrayList<>();

  @Mixin NetworkOptions networks = new NetworkOptions();

  @Option(
      names = "--link",
      paramLabel = "CONTAINER[:NAME]",
      description = "lead to that container by this name")
  List<String> links = new ArrayList<>();

  @Option(names = "--dns", paramLabel = "ADDRESS", description = "a name server")
  List<String> dns = new ArrayList<>();

  @Option(
      names = "--dns-search",
      paramLabel = "DOMAIN",
      description = "a domain to look names up in")
  List<String> dnsSearch = new ArrayList<>();

  @Option(
      names = {"--dns-option", "--dns-opt"},
      paramLabel = "OPTION",
      description = "an option of resolv.conf")
  List<String> dnsOptions = new ArrayList<>();

  @Option(names = "--add-host", paramLabel = "NAME:ADDRESS", description = "a line for /etc/hosts")
  List<String> extraHosts = new ArrayList<>();

  @Option(
      names = {"-P", "--publish-all"},
      description = "publish each exposed port on a free one of the host")
  boolean publishAll;

  @Option(names = "--expose", paramLabel = "PORT[/PROTOCOL]", description = "a port that it serves")
  List<String> expose = new ArrayList<>();

  @Option(
      names = {"-p", "--publish"},
      paramLabel = "[[IP:]HOSTPORT:]PORT",
      description = "publish a port on the host")
  List<String> ports = new ArrayList<>();

  @Option(names = "--privileged", description = "with all capabilities and devices of the host")
  boolean privileged;

  @Option(names = "--read-only", description = "its root cannot be written to")
  boolean readonly;

  @Option(names = "--cap-add", paramLabel = "CAPABILITY", description = "give it a capability")
  List<String> capAdd = new ArrayList<>();

  @Option(
      names = "--cap-drop",
      paramLabel = "CAPABILITY",
      description = "take a capability from it")
  List<String> capDrop = new ArrayList<>();

  @Option(
      names = "--security-opt",
      paramLabel = "OPTION",
      description = "seccomp=, apparmor=, label=, no-new-privileges, ...")
  List<String> securityOpt = new ArrayList<>();

  @Mixin LimitOptions limits = new LimitOptions();

  @Mixin LimitOptions.Extra more = new LimitOptions.Extra();

  @Option(
      names = "--restart",
      paramLabel = "POLICY",
      description = "no, on-failure[:COUNT], always or unless-stopped")
  String restart = "no";

  @Option(
      names = "--log-driver",
      paramLabel = "DRIVER",
      description = "where its output goes, if not to the default")
  String logDriver = "";

  @Option(
      names = "--log-opt",
      paramLabel = "KEY=VALUE",
      description = "an option for the log driver")
  Map<String, String> logOptions = new LinkedHashMap<>();

  @Option(names = "--stop-signal", paramLabel = "SIGNAL", description = "what asks it to end")
  @Nullable String stopSignal;

  @Option(
      names = "--stop-timeout",
      paramLabel = "SECONDS",
      description = "how long it may take to, before SIGKILL")
  @Nullable Integer stopTimeout;

  @Option(names = "--init", description = "an init of ours is its first process")
  @Nullable Boolean init;

  @Option(
      names = "--platform",
      paramLabel = "OS/ARCH",
      description = "for this system and processor, as linux/arm64")
  @Nullable String platform;

  @Option(
      names = "--storage",
      paramLabel = "DRIVER",
      description = "the storage driver, where not the default")
  @Nullable String storage;

  @Option(
      names = "--isolation",
      paramLabel = "DRIVER",
      description = "the isolation driver, where not the default")
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
        networks.endpoints(),
        drivers);
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
    host.networkMode = networks.mode();
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
