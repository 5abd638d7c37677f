package dev.felucca.rest.container;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.Platform;
import dev.felucca.kernel.container.ContainerConfig;
import dev.felucca.kernel.container.ContainerDetails;
import dev.felucca.kernel.container.ContainerState;
import dev.felucca.kernel.container.ContainerState.Health;
import dev.felucca.kernel.container.ContainerState.Probe;
import dev.felucca.kernel.container.ContainerState.Status;
import dev.felucca.kernel.container.DriverNames;
import dev.felucca.kernel.container.EndpointConfig;
import dev.felucca.kernel.container.EndpointDetails;
import dev.felucca.kernel.container.HostConfig;
import dev.felucca.kernel.container.MountPoint;
import dev.felucca.kernel.network.PortBinding;
import dev.felucca.rest.http.ApiVersion;
import dev.felucca.rest.json.JsonIn;
import dev.felucca.rest.json.JsonOut;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ContainerJsonTest {
  private static final Instant START = Instant.parse("2026-01-02T03:04:05.120Z");

  /** What docker 28.2.2 sends for a {@code run} with most of its options. */
  private static JsonIn asked() throws IOException {
    try (InputStream file = ContainerJsonTest.class.getResourceAsStream("create-request.json")) {
      assertTrue(file != null, "create-request.json");
      return JsonIn.parse(file.readAllBytes());
    }
  }

  private static ContainerState state(Status status, @Nullable Health health) {
    return new ContainerState(
        status,
        false,
        status.alive() ? 4711 : 0,
        status == Status.EXITED ? 137 : 0,
        "",
        status == Status.CREATED ? null : START,
        status == Status.EXITED ? START.plusSeconds(60) : null,
        health);
  }

  private static ContainerDetails details(
      ContainerState state, ContainerConfig config, HostConfig host) {
    return new ContainerDetails(
        new ContainerId("ab".repeat(32)),
        "web",
        START,
        "/bin/sh",
        List.of("-c", "echo 'a b'"),
        state,
        "sha256:" + "cd".repeat(32),
        Platform.parse("linux/amd64"),
        config,
        host,
        new DriverNames("overlay", "linux", "json-file"),
        Map.of(
            "bridge",
            new EndpointDetails(
                EndpointConfig.DEFAULT,
                "ef".repeat(32),
                "12".repeat(32),
                "172.30.0.1",
                "172.30.0.2",
                16,
                "",
                "",
                0,
                "02:42:ac:1e:00:02",
                List.of())),
        List.of(
            new PortBinding(80, "tcp", "", 8080), new PortBinding(53, "udp", "127.0.0.1", 5353)),
        "/proc/4711/ns/net",
        List.of(
            new MountPoint("volume", "data", "/v/data/_data", "/data", "local", "z", true, ""),
            new MountPoint("bind", "", "/src", "/dst", "", "ro", false, "rprivate")),
        List.of(),
        2,
        "/r/resolv.conf",
        "/r/hostname",
        "/r/hosts",
        "/d/json.log",
        "mine",
        Map.of("UpperDir", "/d/upper", "LowerDir", "/d/lower"),
        null,
        null);
  }

  @Test
  void inspectOfARichContainerIsDockers() throws IOException {
    Health health =
        new Health("healthy", 0, List.of(new Probe(START, START.plusMillis(15), 0, "fine")));
    ContainerDetails container =
        details(
            state(Status.RUNNING, health),
            ConfigJson.read(asked()),
            HostConfigJson.read(asked().object("HostConfig"), ApiVersion.LATEST));
    Golden.check("inspect-rich.json", InspectJson.of(container, ApiVersion.LATEST, true));
    Golden.check(
        "list-1.41.json",
        SummaryJson.of(
            List.of(container),
            new ApiVersion(1, 41),
            true,
            START.plusSeconds(3),
            one -> "debian",
            java.util.Map.of()));
  }

  @Test
  void inspectOfABareContainerIsDockers() throws IOException {
    ContainerConfig.Builder config = ContainerConfig.builder();
    config.image = "debian";
    ContainerDetails container =
        details(state(Status.CREATED, null), config.build(), HostConfig.builder().build());
    Golden.check("inspect-bare.json", InspectJson.of(container, new ApiVersion(1, 41), true));
  }

  @Test
  void hostConfigSurvivesTheWayThereAndBack() throws IOException {
    HostConfig host = HostConfigJson.read(asked().object("HostConfig"), ApiVersion.LATEST);
    byte[] json = JsonOut.object(out -> HostConfigJson.write(out, host));
    assertEquals(host, HostConfigJson.read(JsonIn.parse(json), ApiVersion.LATEST));
    ContainerConfig config = ConfigJson.read(asked());
    assertEquals(
        config,
        ConfigJson.read(JsonIn.parse(JsonOut.object(out -> ConfigJson.write(out, config)))));
  }

  @Test
  void statusesReadAsDockersDo() {
    Instant now = START.plusSeconds(180);
    assertEquals("Up 3 minutes", StateJson.sentence(state(Status.RUNNING, null), now));
    assertEquals("Up 3 minutes (Paused)", StateJson.sentence(state(Status.PAUSED, null), now));
    assertEquals("Exited (137) 2 minutes ago", StateJson.sentence(state(Status.EXITED, null), now));
    assertEquals("Created", StateJson.sentence(state(Status.CREATED, null), now));
    assertEquals(
        "Up 3 minutes (health: starting)",
        StateJson.sentence(state(Status.RUNNING, new Health("starting", 0, List.of())), now));
    assertEquals(
        "Up 3 minutes (unhealthy)",
        StateJson.sentence(state(Status.RUNNING, new Health("unhealthy", 3, List.of())), now));
  }

  @Test
  void fieldNamesAreReadWithoutRegardToCase() {
    JsonIn in =
        JsonIn.parse(
            "{\"image\":\"x\",\"TTY\":true,\"cmd\":\"one word\",\"Unknown\":{}}"
                .getBytes(StandardCharsets.UTF_8));
    ContainerConfig config = ConfigJson.read(in);
    assertEquals("x", config.image());
    assertTrue(config.tty());
    assertEquals(List.of("one word"), config.cmd());
  }

  @Test
  void deviceRequestsAreRefusedInsteadOfForgotten() {
    JsonIn in =
        JsonIn.parse(
            "{\"DeviceRequests\":[{\"Driver\":\"nvidia\",\"Count\":-1}]}"
                .getBytes(StandardCharsets.UTF_8));
    assertThrows(EngineException.class, () -> HostConfigJson.read(in, ApiVersion.LATEST));
  }
}
