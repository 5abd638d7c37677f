package dev.felucca.kernel.container;

import dev.felucca.kernel.IdMapping;
import dev.felucca.kernel.isolation.ConsoleSize;
import dev.felucca.kernel.isolation.Resources;
import dev.felucca.kernel.isolation.Security.DeviceMapping;
import dev.felucca.kernel.isolation.Security.Rlimit;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a client asks of the host for a container, field by field as Docker's API has it ({@code
 * HostConfig}); its resource fields are kept together in {@link #resources}. Made by {@link
 * Builder}, whose defaults are an absent field's.
 *
 * @param nanoCpus cpus in units of a billionth, as given; the engine turns it into quota and period
 * @param init null follows the engine's setting
 * @param users who its users are on the host, which the engine decides; null for the same
 * @param shmSize bytes; 0 is the engine's default of 64 MiB
 */
public record HostConfig(
    List<String> binds,
    @Nullable String containerIdFile,
    LogConfig logConfig,
    String networkMode,
    Map<String, List<HostPort>> portBindings,
    RestartPolicy restartPolicy,
    boolean autoRemove,
    String volumeDriver,
    List<String> volumesFrom,
    List<MountRequest> mounts,
    @Nullable ConsoleSize consoleSize,
    Map<String, String> annotations,
    List<String> capAdd,
    List<String> capDrop,
    String cgroupnsMode,
    List<String> dns,
    List<String> dnsOptions,
    List<String> dnsSearch,
    List<String> extraHosts,
    List<String> groupAdd,
    String ipcMode,
    String cgroup,
    List<String> links,
    int oomScoreAdj,
    String pidMode,
    boolean privileged,
    boolean publishAllPorts,
    boolean readonlyRootfs,
    List<String> securityOpt,
    Map<String, String> storageOpt,
    Map<String, String> tmpfs,
    String utsMode,
    String usernsMode,
    long shmSize,
    Map<String, String> sysctls,
    String runtime,
    String isolation,
    @Nullable List<String> maskedPaths,
    @Nullable List<String> readonlyPaths,
    Resources resources,
    String cgroupParent,
    List<DeviceMapping> devices,
    List<String> deviceCgroupRules,
    List<Rlimit> ulimits,
    @Nullable Long nanoCpus,
    @Nullable Boolean init,
    @Nullable IdMapping users) {
  public static Builder builder() {
    return new Builder();
  }

  /** A builder that begins with what is here. */
  public Builder toBuilder() {
    Builder builder = new Builder();
    builder.binds = binds;
    builder.containerIdFile = containerIdFile;
    builder.logConfig = logConfig;
    builder.networkMode = networkMode;
    builder.portBindings = portBindings;
    builder.restartPolicy = restartPolicy;
    builder.autoRemove = autoRemove;
    builder.volumeDriver = volumeDriver;
    builder.volumesFrom = volumesFrom;
    builder.mounts = mounts;
    builder.consoleSize = consoleSize;
    builder.annotations = annotations;
    builder.capAdd = capAdd;
    builder.capDrop = capDrop;
    builder.cgroupnsMode = cgroupnsMode;
    builder.dns = dns;
    builder.dnsOptions = dnsOptions;
    builder.dnsSearch = dnsSearch;
    builder.extraHosts = extraHosts;
    builder.groupAdd = groupAdd;
    builder.ipcMode = ipcMode;
    builder.cgroup = cgroup;
    builder.links = links;
    builder.oomScoreAdj = oomScoreAdj;
    builder.pidMode = pidMode;
    builder.privileged = privileged;
    builder.publishAllPorts = publishAllPorts;
    builder.readonlyRootfs = readonlyRootfs;
    builder.securityOpt = securityOpt;
    builder.storageOpt = storageOpt;
    builder.tmpfs = tmpfs;
    builder.utsMode = utsMode;
    builder.usernsMode = usernsMode;
    builder.shmSize = shmSize;
    builder.sysctls = sysctls;
    builder.runtime = runtime;
    builder.isolation = isolation;
    builder.maskedPaths = maskedPaths;
    builder.readonlyPaths = readonlyPaths;
    builder.resources = resources;
    builder.cgroupParent = cgroupParent;
    builder.devices = devices;
    builder.deviceCgroupRules = deviceCgroupRules;
    builder.ulimits = ulimits;
    builder.nanoCpus = nanoCpus;
    builder.init = init;
    builder.users = users;
    return builder;
  }

  /** Collects fields by name; the record has too many for a constructor call that can be read. */
  public static final class Builder {
    public List<String> binds = List.of();
    public @Nullable String containerIdFile;
    public LogConfig logConfig = LogConfig.DEFAULT;
    public String networkMode = "";
    public Map<String, List<HostPort>> portBindings = Map.of();
    public RestartPolicy restartPolicy = RestartPolicy.NO;
    public boolean autoRemove;
    public String volumeDriver = "";
    public List<String> volumesFrom = List.of();
    public List<MountRequest> mounts = List.of();
    public @Nullable ConsoleSize consoleSize;
    public Map<String, String> annotations = Map.of();
    public List<String> capAdd = List.of();
    public List<String> capDrop = List.of();
    public String cgroupnsMode = "";
    public List<String> dns = List.of();
    public List<String> dnsOptions = List.of();
    public List<String> dnsSearch = List.of();
    public List<String> extraHosts = List.of();
    public List<String> groupAdd = List.of();
    public String ipcMode = "";
    public String cgroup = "";
    public List<String> links = List.of();
    public int oomScoreAdj;
    public String pidMode = "";
    public boolean privileged;
    public boolean publishAllPorts;
    public boolean readonlyRootfs;
    public List<String> securityOpt = List.of();
    public Map<String, String> storageOpt = Map.of();
    public Map<String, String> tmpfs = Map.of();
    public String utsMode = "";
    public String usernsMode = "";
    public long shmSize;
    public Map<String, String> sysctls = Map.of();
    public String runtime = "";
    public String isolation = "";
    public @Nullable List<String> maskedPaths;
    public @Nullable List<String> readonlyPaths;
    public Resources resources = Resources.NONE;
    public String cgroupParent = "";
    public List<DeviceMapping> devices = List.of();
    public List<String> deviceCgroupRules = List.of();
    public List<Rlimit> ulimits = List.of();
    public @Nullable Long nanoCpus;
    public @Nullable Boolean init;
    public @Nullable IdMapping users;

    private Builder() {}

    public HostConfig build() {
      return new HostConfig(
          binds,
          containerIdFile,
          logConfig,
          networkMode,
          portBindings,
          restartPolicy,
          autoRemove,
          volumeDriver,
          volumesFrom,
          mounts,
          consoleSize,
          annotations,
          capAdd,
          capDrop,
          cgroupnsMode,
          dns,
          dnsOptions,
          dnsSearch,
          extraHosts,
          groupAdd,
          ipcMode,
          cgroup,
          links,
          oomScoreAdj,
          pidMode,
          privileged,
          publishAllPorts,
          readonlyRootfs,
          securityOpt,
          storageOpt,
          tmpfs,
          utsMode,
          usernsMode,
          shmSize,
          sysctls,
          runtime,
          isolation,
          maskedPaths,
          readonlyPaths,
          resources,
          cgroupParent,
          devices,
          deviceCgroupRules,
          ulimits,
          nanoCpus,
          init,
          users);
    }
  }
}
