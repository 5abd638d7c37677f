package dev.felucca.kernel.container;

import dev.felucca.kernel.isolation.HostLimits;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The engine about itself and its host. */
public interface SystemInfo {
  /** As it is now; the host's part is read anew each time. */
  Info info();

  /** Every driver the engine knows or that a container names, present or not. */
  List<DriverInfo> drivers();

  /**
   * The engine and its host at one moment.
   *
   * @param id an identifier of this data root that never changes
   * @param drivers the default driver of each kind
   * @param memory bytes of the host
   * @param limits what the default isolation driver can limit
   * @param addressPools from which networks get their subnets
   */
  record Info(
      String id,
      String name,
      String version,
      Build build,
      int containers,
      int running,
      int paused,
      int stopped,
      int images,
      Path dataRoot,
      Path runDir,
      Map<String, String> drivers,
      String kernelVersion,
      String operatingSystem,
      String osVersion,
      String architecture,
      int cpus,
      long memory,
      HostLimits limits,
      List<AddressPool> addressPools,
      List<String> securityOptions,
      List<String> warnings) {}

  /**
   * What it was built from.
   *
   * @param commit abbreviated, with {@code -dirty} where files differed from it; empty where there
   *     was none
   * @param time when that was committed: the same sources make the same bundles at any time
   */
  record Build(String commit, @Nullable Instant time) {}

  /**
   * Subnets of this prefix length are given from {@code base}.
   *
   * @param base as a CIDR
   */
  record AddressPool(String base, int prefix) {}

  /**
   * A driver as an administrator wants to see it.
   *
   * @param kind {@code storage}, {@code isolation}, {@code network}, {@code log}, {@code
   *     transport}…
   * @param present false when containers name it and no bundle brings it
   * @param unusable why it can't work here, or null
   * @param containers full ids of those that use it
   */
  record DriverInfo(
      String kind,
      String name,
      boolean present,
      boolean isDefault,
      @Nullable String unusable,
      Map<String, String> status,
      List<String> containers) {}
}
