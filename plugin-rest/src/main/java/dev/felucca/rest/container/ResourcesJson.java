package dev.felucca.rest.container;

import dev.felucca.kernel.container.HostConfig;
import dev.felucca.kernel.isolation.Resources;
import dev.felucca.kernel.isolation.Resources.DeviceRate;
import dev.felucca.kernel.isolation.Resources.DeviceWeight;
import dev.felucca.kernel.isolation.Security.DeviceMapping;
import dev.felucca.kernel.isolation.Security.Rlimit;
import dev.felucca.rest.json.JsonIn;
import dev.felucca.rest.json.JsonOut;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The API's {@code Resources}, which lie flat in its {@code HostConfig}. */
final class ResourcesJson {
  private ResourcesJson() {}

  static void read(JsonIn in, HostConfig.Builder host) {
    host.resources =
        new Resources(
            positive(in.numberOrNull("Memory")),
            positive(in.numberOrNull("MemoryReservation")),
            positive(in.numberOrNull("MemorySwap")),
            swappiness(in.numberOrNull("MemorySwappiness")),
            in.flagOrNull("OomKillDisable"),
            positive(in.numberOrNull("CpuShares")),
            positive(in.numberOrNull("CpuPeriod")),
            positive(in.numberOrNull("CpuQuota")),
            positive(in.numberOrNull("CpuRealtimePeriod")),
            positive(in.numberOrNull("CpuRealtimeRuntime")),
            filled(in.textOrNull("CpusetCpus")),
            filled(in.textOrNull("CpusetMems")),
            positive(in.numberOrNull("PidsLimit")),
            in.integer("BlkioWeight") == 0 ? null : Integer.valueOf(in.integer("BlkioWeight")),
            in.objects(
                "BlkioWeightDevice",
                one -> new DeviceWeight(one.text("Path"), (int) one.count("Weight", 0xffff))),
            rates(in, "BlkioDeviceReadBps"),
            rates(in, "BlkioDeviceWriteBps"),
            rates(in, "BlkioDeviceReadIOps"),
            rates(in, "BlkioDeviceWriteIOps"));
    host.cgroupParent = in.text("CgroupParent");
    host.devices =
        in.objects(
            "Devices",
            one ->
                new DeviceMapping(
                    one.text("PathOnHost"),
                    one.text("PathInContainer"),
                    one.text("CgroupPermissions")));
    host.deviceCgroupRules = in.texts("DeviceCgroupRules");
    host.ulimits =
        in.objects(
            "Ulimits", one -> new Rlimit(one.text("Name"), one.number("Soft"), one.number("Hard")));
    host.nanoCpus = positive(in.numberOrNull("NanoCpus"));
  }

  /** 0 is Docker's word for "not set". */
  private static @Nullable Long positive(@Nullable Long value) {
    return value == null || value == 0 ? null : value;
  }

  /** Old clients send -1 for "not set"; 0 is a value. */
  private static @Nullable Long swappiness(@Nullable Long value) {
    return value == null || value == -1 ? null : value;
  }

  private static @Nullable String filled(@Nullable String value) {
    return value == null || value.isEmpty() ? null : value;
  }

  private static List<DeviceRate> rates(JsonIn in, String name) {
    return in.objects(
        name, one -> new DeviceRate(one.text("Path"), one.count("Rate", Long.MAX_VALUE)));
  }

  static void write(JsonOut out, HostConfig host) {
    Resources limits = host.resources();
    number(out, "CpuShares", limits.cpuShares());
    number(out, "Memory", limits.memory());
    number(out, "NanoCpus", host.nanoCpus());
    out.text("CgroupParent", host.cgroupParent());
    number(out, "BlkioWeight", limits.blkioWeight());
    out.objects(
        "BlkioWeightDevice",
        limits.blkioWeightDevice(),
        (one, device) -> one.text("Path", device.path()).number("Weight", device.weight()));
    rates(out, "BlkioDeviceReadBps", limits.blkioReadBps());
    rates(out, "BlkioDeviceWriteBps", limits.blkioWriteBps());
    rates(out, "BlkioDeviceReadIOps", limits.blkioReadIops());
    rates(out, "BlkioDeviceWriteIOps", limits.blkioWriteIops());
    number(out, "CpuPeriod", limits.cpuPeriod());
    number(out, "CpuQuota", limits.cpuQuota());
    number(out, "CpuRealtimePeriod", limits.cpuRealtimePeriod());
    number(out, "CpuRealtimeRuntime", limits.cpuRealtimeRuntime());
    out.text("CpusetCpus", limits.cpusetCpus())
        .text("CpusetMems", limits.cpusetMems())
        .objects(
            "Devices",
            host.devices(),
            (one, device) ->
                one.text("PathOnHost", device.pathOnHost())
                    .text("PathInContainer", device.pathInContainer())
                    .text("CgroupPermissions", device.cgroupPermissions()))
        .textsOrNull("DeviceCgroupRules", host.deviceCgroupRules())
        .nothing("DeviceRequests");
    number(out, "MemoryReservation", limits.memoryReservation());
    number(out, "MemorySwap", limits.memorySwap());
    out.numberOrNull("MemorySwappiness", limits.memorySwappiness());
    if (limits.oomKillDisable() == null) {
      out.nothing("OomKillDisable");
    } else {
      out.flag("OomKillDisable", limits.oomKillDisable());
    }
    Long pids = limits.pidsLimit();
    out.numberOrNull("PidsLimit", pids == null ? null : Long.valueOf(Math.max(0, pids)))
        .objects(
            "Ulimits",
            host.ulimits(),
            (one, limit) ->
                one.text("Name", limit.name())
                    .number("Hard", limit.hard())
                    .number("Soft", limit.soft()))
        // Windows only, and always there.
        .number("CpuCount", 0)
        .number("CpuPercent", 0)
        .number("IOMaximumIOps", 0)
        .number("IOMaximumBandwidth", 0);
  }

  private static void number(JsonOut out, String name, @Nullable Number value) {
    out.number(name, value == null ? 0 : value.longValue());
  }

  private static void rates(JsonOut out, String name, List<DeviceRate> rates) {
    out.objects(
        name, rates, (one, rate) -> one.text("Path", rate.path()).number("Rate", rate.rate()));
  }
}
