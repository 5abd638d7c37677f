package dev.felucca.rest.system;

import dev.felucca.kernel.Driver;
import dev.felucca.kernel.container.SystemInfo.DriverInfo;
import dev.felucca.kernel.container.SystemInfo.Info;
import dev.felucca.kernel.isolation.HostLimits;
import dev.felucca.kernel.isolation.Limit;
import dev.felucca.rest.http.ApiVersion;
import dev.felucca.rest.json.JsonOut;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** The API's {@code SystemInfo}. */
final class InfoJson {
  private InfoJson() {}

  static byte[] of(Info info, List<DriverInfo> drivers, int listeners, ApiVersion api) {
    return JsonOut.object(out -> write(out, info, drivers, listeners, api));
  }

  private static void write(
      JsonOut out, Info info, List<DriverInfo> drivers, int listeners, ApiVersion api) {
    String storage = info.drivers().getOrDefault("storage", "");
    HostLimits limits = info.limits();
    out.text("ID", info.id())
        .number("Containers", info.containers())
        .number("ContainersRunning", info.running())
        .number("ContainersPaused", info.paused())
        .number("ContainersStopped", info.stopped())
        .number("Images", info.images())
        .text("Driver", storage)
        .rows("DriverStatus", status(drivers, storage))
        .object("Plugins", plugins -> plugins(plugins, drivers))
        .flag("MemoryLimit", limits.has(Limit.MEMORY))
        .flag("SwapLimit", limits.has(Limit.SWAP));
    if (!api.atLeast(42)) {
      out.flag("KernelMemory", false);
    }
    out.flag("CpuCfsPeriod", limits.has(Limit.CPU_QUOTA))
        .flag("CpuCfsQuota", limits.has(Limit.CPU_QUOTA))
        .flag("CPUShares", limits.has(Limit.CPU_SHARES))
        .flag("CPUSet", limits.has(Limit.CPUSET))
        .flag("PidsLimit", limits.has(Limit.PIDS))
        .flag("IPv4Forwarding", HostFacts.forwarding());
    if (!api.atLeast(50)) {
      out.flag("BridgeNfIptables", false).flag("BridgeNfIp6tables", false);
    }
    out.flag("Debug", false)
        .number("NFd", HostFacts.descriptors())
        .flag("OomKillDisable", limits.has(Limit.OOM_KILL_DISABLE))
        .number("NGoroutines", Thread.activeCount())
        .time("SystemTime", Instant.now())
        .text("LoggingDriver", info.drivers().getOrDefault("log", ""))
        .text("CgroupDriver", "cgroupfs")
        .text("CgroupVersion", Integer.toString(limits.cgroupVersion()))
        .number("NEventsListener", listeners)
        .text("KernelVersion", info.kernelVersion())
        .text("OperatingSystem", info.operatingSystem())
        .text("OSVersion", info.osVersion())
        .text("OSType", "linux")
        .text("Architecture", info.architecture())
        .text("IndexServerAddress", "https://index.docker.io/v1/");
    registries(out);
    out.nothing("GenericResources")
        .text("DockerRootDir", info.dataRoot().toString())
        .text("HttpProxy", HostFacts.environment("HTTP_PROXY"))
        .text("HttpsProxy", HostFacts.environment("HTTPS_PROXY"))
        .text("NoProxy", HostFacts.environment("NO_PROXY"))
        .text("Name", info.name())
        .texts("Labels", List.of())
        .flag("ExperimentalBuild", false)
        .text("ServerVersion", info.version())
        .object(
            "Runtimes",
            runtimes ->
                drivers.stream()
                    .filter(driver -> driver.kind().equals("isolation") && driver.present())
                    .forEach(
                        driver ->
                            runtimes.object(driver.name(), one -> one.text("path", driver.name()))))
        .text("DefaultRuntime", info.drivers().getOrDefault("isolation", ""))
        .object("Swarm", InfoJson::swarm)
        // Containers outlive the engine here, without a setting.
        .flag("LiveRestoreEnabled", true)
        .text("Isolation", "")
        .text("InitBinary", "")
        .object("ContainerdCommit", commit -> noCommit(commit, api))
        .object("RuncCommit", commit -> noCommit(commit, api))
        .object("InitCommit", commit -> noCommit(commit, api))
        .texts("SecurityOptions", securityOptions(info, api))
        .texts("CDISpecDirs", List.of())
        .textsOrNull("Warnings", info.warnings())
        .objects(
            "DefaultAddressPools",
            info.addressPools(),
            (one, pool) -> one.text("Base", pool.base()).number("Size", pool.prefix()))
        .number("NCPU", info.cpus())
        .number("MemTotal", info.memory());
    if (api.atLeast(49)) {
      firewall(out, drivers);
    }
  }

  private static void firewall(JsonOut out, List<DriverInfo> drivers) {
    drivers.stream()
        .filter(driver -> driver.kind().equals("network"))
        .map(DriverInfo::status)
        .filter(facts -> facts.containsKey(Driver.FIREWALL))
        .findFirst()
        .ifPresent(
            facts ->
                out.object(
                    "FirewallBackend",
                    backend ->
                        backend
                            .text("Driver", facts.get(Driver.FIREWALL))
                            .rows("Info", about(facts))));
  }

  private static List<List<String>> about(Map<String, String> facts) {
    String mark = Driver.FIREWALL + " ";
    return facts.entrySet().stream()
        .filter(fact -> fact.getKey().startsWith(mark))
        .map(fact -> List.of(fact.getKey().substring(mark.length()), fact.getValue()))
        .toList();
  }

  private static List<List<String>> status(List<DriverInfo> drivers, String storage) {
    return drivers.stream()
        .filter(driver -> driver.kind().equals("storage") && driver.name().equals(storage))
        .flatMap(driver -> driver.status().entrySet().stream())
        .map(fact -> List.of(fact.getKey(), fact.getValue()))
        .toList();
  }

  private static void plugins(JsonOut out, List<DriverInfo> drivers) {
    out.texts("Volume", names(drivers, "volume"))
        .texts("Network", names(drivers, "network"))
        .nothing("Authorization")
        .texts("Log", names(drivers, "log"));
  }

  private static List<String> names(List<DriverInfo> drivers, String kind) {
    return drivers.stream()
        .filter(driver -> driver.kind().equals(kind) && driver.present())
        .map(DriverInfo::name)
        .sorted()
        .toList();
  }

  /** Plain HTTP is for loopback; see the registry client. */
  private static void registries(JsonOut out) {
    out.object(
        "RegistryConfig",
        config ->
            config
                .object(
                    "IndexConfigs",
                    indexes ->
                        indexes.object(
                            "docker.io",
                            hub ->
                                hub.text("Name", "docker.io")
                                    .texts("Mirrors", List.of())
                                    .flag("Secure", true)
                                    .flag("Official", true)))
                .texts("InsecureRegistryCIDRs", List.of("::1/128", "127.0.0.0/8"))
                .nothing("Mirrors"));
  }

  private static void swarm(JsonOut out) {
    out.text("NodeID", "")
        .text("NodeAddr", "")
        .text("LocalNodeState", "inactive")
        .flag("ControlAvailable", false)
        .text("Error", "")
        .nothing("RemoteManagers");
  }

  /** Before 1.25 their names only. */
  private static List<String> securityOptions(Info info, ApiVersion api) {
    return api.atLeast(25)
        ? info.securityOptions()
        : info.securityOptions().stream()
            .map(option -> option.replaceFirst("^name=", "").replaceFirst(",.*", ""))
            .toList();
  }

  private static void noCommit(JsonOut out, ApiVersion api) {
    out.text("ID", "");
    if (!api.atLeast(49)) {
      out.text("Expected", "");
    }
  }
}
