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
      converter = Bytes.class,
      paramLabel = "BYTES",
      description = "limit of memory, as 64m")
  @Nullable Long memory;

  @Option(
      names = "--memory-reservation",
      converter = Bytes.class,
      paramLabel = "BYTES",
      description = "what memory is taken back to when it is short")
  @Nullable Long memoryReservation;

  @Option(
      names = "--memory-swap",
      converter = Bytes.class,
      paramLabel = "BYTES",
      description = "memory and swap together; -1 is without limit")
  @Nullable Long memorySwap;

  @Option(
      names = "--cpus",
      paramLabel = "NUMBER",
      description = "how many processors' time, as 1.5")
  @Nullable Double cpus;

  @Option(
      names = {"-c", "--cpu-shares"},
      paramLabel = "WEIGHT",
      description = "share of processor time beside others")
  @Nullable Long cpuShares;

  @Option(
      names = "--cpu-period",
      paramLabel = "MICROSECONDS",
      description = "period that the quota is for")
  @Nullable Long cpuPeriod;

  @Option(
      names = "--cpu-quota",
      paramLabel = "MICROSECONDS",
      description = "processor time in each period")
  @Nullable Long cpuQuota;

  @Option(
      names = "--cpu-rt-period",
      paramLabel = "MICROSECONDS",
      description = "period that the realtime runtime is for")
  @Nullable Long cpuRealtimePeriod;

  @Option(
      names = "--cpu-rt-runtime",
      paramLabel = "MICROSECONDS",
      description = "realtime processor time in each period")
  @Nullable Long cpuRealtimeRuntime;

  @Option(
      names = "--cpuset-cpus",
      paramLabel = "LIST",
      description = "processors it may run on, as 0-2,4")
  @Nullable String cpusetCpus;

  @Option(names = "--cpuset-mems", paramLabel = "LIST", description = "memory nodes it may use")
  @Nullable String cpusetMems;

  @Option(
      names = "--pids-limit",
      paramLabel = "NUMBER",
      description = "most processes and threads; -1 is without limit")
  @Nullable Long pids;

  @Option(
      names = "--blkio-weight",
      paramLabel = "WEIGHT",
      description = "share of disk time beside others, 10 to 1000")
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
    @Option(
        names = "--memory-swappiness",
        paramLabel = "0-100",
        description = "how readily its memory is swapped")
    @Nullable Long memorySwappiness;

    @Option(
        names = "--oom-kill-disable",
        description = "wait for memory in place of being killed for it")
    @Nullable Boolean oomKillDisable;

    @Option(
        names = "--oom-score-adj",
        paramLabel = "NUMBER",
        description = "-1000 to 1000: how soon it is killed when the host is out of memory")
    int oomScoreAdj;

    @Option(
        names = "--cgroup-parent",
        paramLabel = "GROUP",
        description = "the control group that its own is put into")
    String cgroupParent = "";

    @Option(
        names = "--blkio-weight-device",
        paramLabel = "DEVICE:WEIGHT",
        description = "the same for one device")
    List<String> weightDevices = new ArrayList<>();

    @Option(
        names = "--device-read-bps",
        paramLabel = "DEVICE:RATE",
        description = "most bytes a second read from a device")
    List<String> readBps = new ArrayList<>();

    @Option(
        names = "--device-write-bps",
        paramLabel = "DEVICE:RATE",
        description = "most bytes a second written to a device")
    List<String> writeBps = new ArrayList<>();

    @Option(
        names = "--device-read-iops",
        paramLabel = "DEVICE:RATE",
        description = "most reads a second from a device")
    List<String> readIops = new ArrayList<>();

    @Option(
        names = "--device-write-iops",
        paramLabel = "DEVICE:RATE",
        description = "most writes a second to a device")
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
