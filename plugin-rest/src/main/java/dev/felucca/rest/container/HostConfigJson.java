package dev.felucca.rest.container;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.HostConfig;
import dev.felucca.kernel.container.HostPort;
import dev.felucca.kernel.container.LogConfig;
import dev.felucca.kernel.container.RestartPolicy;
import dev.felucca.kernel.isolation.ConsoleSize;
import dev.felucca.rest.http.ApiVersion;
import dev.felucca.rest.json.JsonIn;
import dev.felucca.rest.json.JsonOut;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The API's {@code HostConfig}. */
final class HostConfigJson {
  private HostConfigJson() {}

  static HostConfig read(JsonIn in, ApiVersion api) {
    HostConfig.Builder host = HostConfig.builder();
    host.binds = in.texts("Binds");
    host.containerIdFile = in.textOrNull("ContainerIDFile");
    JsonIn log = in.object("LogConfig");
    host.logConfig = new LogConfig(log.text("Type"), log.map("Config"));
    host.networkMode = in.text("NetworkMode");
    host.portBindings =
        in.listMap("PortBindings", one -> new HostPort(one.text("HostIp"), one.text("HostPort")));
    JsonIn restart = in.object("RestartPolicy");
    host.restartPolicy =
        new RestartPolicy(
            restart.text("Name").isEmpty() ? "no" : restart.text("Name"),
            restart.integer("MaximumRetryCount"));
    host.autoRemove = in.flag("AutoRemove");
    host.volumeDriver = in.text("VolumeDriver");
    host.volumesFrom = in.texts("VolumesFrom");
    host.mounts = in.objects("Mounts", one -> MountRequestJson.read(one, api));
    host.consoleSize = consoleSize(in);
    host.annotations = in.map("Annotations");
    host.capAdd = in.texts("CapAdd");
    host.capDrop = in.texts("CapDrop");
    host.cgroupnsMode = in.text("CgroupnsMode");
    host.dns = in.texts("Dns");
    host.dnsOptions = in.texts("DnsOptions");
    host.dnsSearch = in.texts("DnsSearch");
    host.extraHosts = in.texts("ExtraHosts");
    host.groupAdd = in.texts("GroupAdd");
    host.ipcMode = in.text("IpcMode");
    host.cgroup = in.text("Cgroup");
    host.links = in.texts("Links");
    host.oomScoreAdj = in.integer("OomScoreAdj");
    host.pidMode = in.text("PidMode");
    host.privileged = in.flag("Privileged");
    host.publishAllPorts = in.flag("PublishAllPorts");
    host.readonlyRootfs = in.flag("ReadonlyRootfs");
    host.securityOpt = in.texts("SecurityOpt");
    host.storageOpt = in.map("StorageOpt");
    host.tmpfs = in.map("Tmpfs");
    host.utsMode = in.text("UTSMode");
    host.usernsMode = in.text("UsernsMode");
    host.shmSize = in.number("ShmSize");
    host.sysctls = in.map("Sysctls");
    host.runtime = in.text("Runtime");
    host.isolation = in.text("Isolation");
    host.maskedPaths = in.textsOrNull("MaskedPaths");
    host.readonlyPaths = in.textsOrNull("ReadonlyPaths");
    host.init = in.flagOrNull("Init");
    ResourcesJson.read(in, host);
    refuseDeviceRequests(in);
    return host.build();
  }

  /** A GPU that is left out in silence would be found out much later. */
  private static void refuseDeviceRequests(JsonIn in) {
    in.objects(
        "DeviceRequests",
        one -> {
          throw new EngineException(
              INVALID,
              "could not select device driver \""
                  + one.text("Driver")
                  + "\": device requests are not supported by this engine");
        });
  }

  static @Nullable ConsoleSize consoleSize(JsonIn in) {
    List<Long> size = in.numbers("ConsoleSize");
    return size.size() == 2 && size.get(0) > 0 && size.get(1) > 0
        ? new ConsoleSize(size.get(0).intValue(), size.get(1).intValue())
        : null;
  }

  static void write(JsonOut out, HostConfig host) {
    ConsoleSize console = host.consoleSize();
    out.textsOrNull("Binds", host.binds())
        .text("ContainerIDFile", host.containerIdFile())
        .object(
            "LogConfig",
            log ->
                log.text("Type", host.logConfig().type()).map("Config", host.logConfig().config()))
        .text("NetworkMode", host.networkMode())
        .object("PortBindings", ports -> portBindings(ports, host))
        .object(
            "RestartPolicy",
            policy ->
                policy
                    .text("Name", host.restartPolicy().name())
                    .number("MaximumRetryCount", host.restartPolicy().maximumRetryCount()))
        .flag("AutoRemove", host.autoRemove())
        .text("VolumeDriver", host.volumeDriver())
        .textsOrNull("VolumesFrom", host.volumesFrom())
        .numbers(
            "ConsoleSize",
            console == null ? 0 : console.rows(),
            console == null ? 0 : console.columns())
        .mapUnlessEmpty("Annotations", host.annotations())
        .textsOrNull("CapAdd", host.capAdd())
        .textsOrNull("CapDrop", host.capDrop())
        .text("CgroupnsMode", host.cgroupnsMode())
        .texts("Dns", host.dns())
        .texts("DnsOptions", host.dnsOptions())
        .texts("DnsSearch", host.dnsSearch())
        .textsOrNull("ExtraHosts", host.extraHosts())
        .textsOrNull("GroupAdd", host.groupAdd())
        .text("IpcMode", host.ipcMode())
        .text("Cgroup", host.cgroup())
        .textsOrNull("Links", host.links())
        .number("OomScoreAdj", host.oomScoreAdj())
        .text("PidMode", host.pidMode())
        .flag("Privileged", host.privileged())
        .flag("PublishAllPorts", host.publishAllPorts())
        .flag("ReadonlyRootfs", host.readonlyRootfs())
        .textsOrNull("SecurityOpt", host.securityOpt())
        .mapUnlessEmpty("StorageOpt", host.storageOpt())
        .mapUnlessEmpty("Tmpfs", host.tmpfs())
        .text("UTSMode", host.utsMode())
        .text("UsernsMode", host.usernsMode())
        .number("ShmSize", host.shmSize())
        .mapUnlessEmpty("Sysctls", host.sysctls())
        .textUnlessEmpty("Runtime", host.runtime())
        .text("Isolation", host.isolation());
    ResourcesJson.write(out, host);
    MountRequestJson.write(out, host.mounts());
    paths(out, "MaskedPaths", host.maskedPaths());
    paths(out, "ReadonlyPaths", host.readonlyPaths());
    if (host.init() != null) {
      out.flag("Init", host.init());
    }
  }

  /** Null is the default list, an empty one is none at all: they must not be confused. */
  private static void paths(JsonOut out, String name, @Nullable List<String> paths) {
    if (paths == null) {
      out.nothing(name);
    } else {
      out.texts(name, paths);
    }
  }

  private static void portBindings(JsonOut out, HostConfig host) {
    new TreeMap<>(host.portBindings())
        .forEach(
            (port, bindings) ->
                out.objects(
                    port,
                    bindings,
                    (one, binding) ->
                        one.text("HostIp", binding.hostIp()).text("HostPort", binding.hostPort())));
  }
}
