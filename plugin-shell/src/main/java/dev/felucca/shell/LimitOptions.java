package dev.felucca.shell;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.isolation.Resources;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The limits that {@code run}, {@code create} and {@code update} have in common. */
final class LimitOptions {
  @Option(
      names = {"-m", "--memory"},
      converter = Bytes.class)
  @Nullable Long memory;

  @Option(names = "--memory-reservation", converter = Bytes.class)
  @Nullable Long memoryReservation;

  @Option(
      names = "--memory-swap",
      converter = Bytes.class,
      description = "memory and swap together; -1 is without limit")
  @Nullable Long memorySwap;

  @Option(names = "--cpus")
  @Nullable Double cpus;

  @Option(names = {"-c", "--cpu-shares"})
  @Nullable Long cpuShares;

  @Option(names = "--cpu-period")
  @Nullable Long cpuPeriod;

  @Option(names = "--cpu-quota")
  @Nullable Long cpuQuota;

  @Option(names = "--cpu-rt-period")
  @Nullable Long cpuRealtimePeriod;

  @Option(names = "--cpu-rt-runtime")
  @Nullable Long cpuRealtimeRuntime;

  @Option(names = "--cpuset-cpus")
  @Nullable String cpusetCpus;

  @Option(names = "--cpuset-mems")
  @Nullable String cpusetMems;

  @Option(names = "--pids-limit")
  @Nullable Long pids;

  @Option(names = "--blkio-weight")
  @Nullable Integer blkioWeight;

  @Nullable Long nanoCpus() {
    return cpus == null ? null : Math.round(cpus * 1e9);
  }

  Resources resources(@Nullable Extra extra) {
    Extra more = extra == null ? new Extra() : extra;
    return new Resources(
        memory,
        memoryReservation,
        memorySwap,
        more.memorySwappiness,
        more.oomKillDisable,
        cpuShares,
        cpuPeriod,
        cpuQuota,
        cpuRealtimePeriod,
        cpuRealtimeRuntime,
        cpusetCpus,
        cpusetMems,
        pids,
        blkioWeight,
        more.weights(),
        rates(more.readBps),
        rates(more.writeBps),
        rates(more.readIops),
        rates(more.writeIops));
  }

  /** Those that only a new container can have, as in the docker CLI. */
  static final class Extra {
    @Option(names = "--memory-swappiness")
    @Nullable Long memorySwappiness;

    @Option(names = "--oom-kill-disable")
    @Nullable Boolean oomKillDisable;

    @Option(names = "--oom-score-adj")
    int oomScoreAdj;

    @Option(names = "--cgroup-parent")
    String cgroupParent = "";

    @Option(names = "--blkio-weight-device", paramLabel = "DEVICE:WEIGHT")
    List<String> weightDevices = new ArrayList<>();

    @Option(names = "--device-read-bps", paramLabel = "DEVICE:RATE")
    List<String> readBps = new ArrayList<>();

    @Option(names = "--device-write-bps", paramLabel = "DEVICE:RATE")
    List<String> writeBps = new ArrayList<>();

    @Option(names = "--device-read-iops", paramLabel = "DEVICE:RATE")
    List<String> readIops = new ArrayList<>();

    @Option(names = "--device-write-iops", paramLabel = "DEVICE:RATE")
    List<String> writeIops = new ArrayList<>();

    private List<Resources.DeviceWeight> weights() {
      return weightDevices.stream()
          .map(text -> new Resources.DeviceWeight(path(text), (int) value(text)))
          .toList();
    }
  }

  private static List<Resources.DeviceRate> rates(List<String> texts) {
    return texts.stream().map(text -> new Resources.DeviceRate(path(text), value(text))).toList();
  }

  private static String path(String text) {
    int colon = text.lastIndexOf(':');
    if (colon <= 0) {
      throw new EngineException(EngineException.Kind.INVALID, "bad format: " + text);
    }
    return text.substring(0, colon);
  }

  private static long value(String text) {
    return new Bytes().convert(text.substring(text.lastIndexOf(':') + 1));
  }
}
