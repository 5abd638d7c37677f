package dev.felucca.rest.fake;

import dev.felucca.kernel.container.SystemInfo;
import dev.felucca.kernel.isolation.HostLimits;
import dev.felucca.kernel.isolation.Limit;
import java.nio.file.Path;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;

/** An engine about itself. */
public final class FakeSystem implements SystemInfo {
  @Override
  public Info info() {
    return new Info(
        "0f0f",
        "host",
        "0.1.0",
        new Build("0123456789ab", Instant.parse("2026-02-03T04:05:06Z")),
        3,
        1,
        1,
        1,
        1,
        Path.of("/var/lib/felucca"),
        Path.of("/run/felucca"),
        Map.of("storage", "overlay", "isolation", "linux", "log", "json-file"),
        "6.18",
        "Debian",
        "13",
        "x86_64",
        2,
        4L << 30,
        new HostLimits(2, EnumSet.allOf(Limit.class), "0-1", "0"),
        List.of(new AddressPool("10.10.0.0/16", 24)),
        List.of("name=seccomp,profile=builtin"),
        List.of());
  }

  @Override
  public List<DriverInfo> drivers() {
    return List.of(
        new DriverInfo(
            "network",
            "bridge",
            true,
            false,
            null,
            Map.of("Firewall", "nftables", "Firewall Table", "felucca"),
            List.of()),
        new DriverInfo(
            "storage", "overlay", true, true, null, Map.of("Backing", "ext4"), List.of()),
        new DriverInfo("isolation", "linux", true, true, null, Map.of(), List.of()),
        new DriverInfo("log", "json-file", true, true, null, Map.of(), List.of()));
  }
}
