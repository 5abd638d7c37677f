package dev.felucca.isolation.host;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.isolation.ContainerStats;
import dev.felucca.kernel.isolation.HostLimits;
import dev.felucca.kernel.isolation.Limit;
import dev.felucca.kernel.isolation.Resources;
import dev.felucca.linux.LinuxFiles;
import dev.felucca.linux.cgroup.CgroupLimits;
import dev.felucca.linux.cgroup.CgroupLimits.DeviceValue;
import dev.felucca.linux.cgroup.CgroupStats;
import dev.felucca.linux.cgroup.Cgroups;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The API's limits and readings in the words of control groups, and back. */
public final class Limits {
  private static final int TYPE = 0170000;
  private static final int BLOCK_DEVICE = 0060000;

  private Limits() {}

  /** INVALID for a block device that is not there, or is none. */
  public static CgroupLimits of(Resources asked) throws IOException {
    return new CgroupLimits(
        new CgroupLimits.Memory(
            asked.memory(),
            asked.memoryReservation(),
            asked.memorySwap(),
            asked.memorySwappiness(),
            asked.oomKillDisable()),
        new CgroupLimits.Cpu(
            asked.cpuShares(),
            asked.cpuQuota(),
            asked.cpuPeriod(),
            asked.cpuRealtimeRuntime(),
            asked.cpuRealtimePeriod(),
            asked.cpusetCpus(),
            asked.cpusetMems()),
        new CgroupLimits.Io(
            asked.blkioWeight(),
            weights(asked.blkioWeightDevice()),
            rates(asked.blkioReadBps()),
            rates(asked.blkioWriteBps()),
            rates(asked.blkioReadIops()),
            rates(asked.blkioWriteIops())),
        asked.pidsLimit(),
        List.of(),
        Map.of());
  }

  /** What can be limited in a group below this parent. */
  public static HostLimits settable(Cgroups cgroups, String parent) throws IOException {
    Set<Limit> settable = EnumSet.noneOf(Limit.class);
    for (Cgroups.Ability each : cgroups.abilities(parent)) settable.add(Limit.valueOf(each.name()));
    return new HostLimits(cgroups.version(), settable, cgroups.cpus(), cgroups.memoryNodes());
  }

  public static ContainerStats stats(CgroupStats read) {
    CgroupStats.Cpu cpu = read.cpu();
    CgroupStats.Memory memory = read.memory();
    return new ContainerStats(
        Instant.now(),
        cpu.total(),
        cpu.user(),
        cpu.system(),
        cpu.perCore(),
        cpu.throttledPeriods(),
        cpu.periods(),
        cpu.throttledTime(),
        memory.usage(),
        memory.max(),
        memory.limit(),
        memory.failures(),
        memory.details(),
        read.pids().current(),
        read.pids().limit(),
        read.io().stream()
            .map(
                io ->
                    new ContainerStats.BlockIo(
                        io.table(), io.major(), io.minor(), io.operation(), io.value()))
            .toList());
  }

  private static List<DeviceValue> weights(List<Resources.DeviceWeight> asked) throws IOException {
    List<DeviceValue> values = new ArrayList<>();
    for (Resources.DeviceWeight each : asked) {
      values.add(device(each.path(), each.weight()));
    }
    return values;
  }

  private static List<DeviceValue> rates(List<Resources.DeviceRate> asked) throws IOException {
    List<DeviceValue> values = new ArrayList<>();
    for (Resources.DeviceRate each : asked) {
      values.add(device(each.path(), each.rate()));
    }
    return values;
  }

  private static DeviceValue device(String path, long value) throws IOException {
    try {
      int mode = (Integer) Files.getAttribute(Path.of(path), "unix:mode");
      if ((mode & TYPE) != BLOCK_DEVICE) {
        throw new EngineException(EngineException.Kind.INVALID, path + " is no block device");
      }
      long device = (Long) Files.getAttribute(Path.of(path), "unix:rdev");
      return new DeviceValue(LinuxFiles.major(device), LinuxFiles.minor(device), value);
    } catch (NoSuchFileException | InvalidPathException e) {
      throw new EngineException(
          EngineException.Kind.INVALID, "stat " + path + ": no such file or directory", e);
    }
  }
}
