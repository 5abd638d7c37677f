package dev.felucca.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.CreateRequest;
import dev.felucca.kernel.container.EndpointConfig;
import dev.felucca.kernel.container.HostPort;
import dev.felucca.kernel.container.RestartPolicy;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class ShellTest {
  @Test
  void aProgramsOwnOptionsStayItsOwn() {
    ContainerOptions options = new ContainerOptions();
    new CommandLine(options)
        .setStopAtPositional(true)
        .parseArgs(
            "-i", "-t", "--storage", "vfs", "-m", "64m", "busybox", "sh", "-c", "exit 7", "--rm");
    CreateRequest request = options.request(true);
    assertEquals(List.of("sh", "-c", "exit 7", "--rm"), request.config().cmd());
    assertEquals("busybox", request.config().image());
    assertTrue(request.config().tty());
    assertFalse(request.hostConfig().autoRemove());
    assertEquals(64L << 20, request.hostConfig().resources().memory());
    assertEquals(Map.of("storage", "vfs"), request.drivers());
  }

  @Test
  void everyOptionOfEveryCommandSaysWhatItIsFor() {
    ShellCommand.Context nowhere =
        new ShellCommand.Context(
            null,
            new Console(null, System.out, System.err, null, new NearConfig(null), false, false));
    Commands.ALL.forEach(
        (name, maker) -> {
          CommandLine line = Commands.line(name, maker.apply(nowhere));
          assertTrue(line.getCommandSpec().usageMessage().description().length > 0, name);
          for (CommandLine.Model.OptionSpec option : line.getCommandSpec().options()) {
            String what = name + " " + option.longestName();
            assertTrue(option.description().length > 0, what);
            assertFalse(option.paramLabel().startsWith("<") && option.arity().max() > 0, what);
          }
        });
  }

  private static CreateRequest request(String... words) {
    ContainerOptions options = new ContainerOptions();
    new CommandLine(options).parseArgs(words);
    return options.request(true);
  }

  @Test
  void aNetworkIsANameOrWhatTheDockerCliTakes() {
    assertEquals("default", request("busybox").hostConfig().networkMode());
    assertEquals(Map.of(), request("--network", "one", "busybox").endpoints());
    CreateRequest asked =
        request(
            "--network",
            "name=one,alias=a,alias=b,ip=10.9.0.7,ip6=fd00::7,mac-address=02:42:00:00:00:07,"
                + "link-local-ip=169.254.7.7,driver-opt=Some.Key=v=w,gw-priority=3",
            "--network=two",
            "busybox");
    assertEquals("one", asked.hostConfig().networkMode());
    assertEquals(
        Map.of(
            "one",
            new EndpointConfig(
                "10.9.0.7",
                "fd00::7",
                List.of("169.254.7.7"),
                List.of(),
                List.of("a", "b"),
                "02:42:00:00:00:07",
                Map.of("some.key", "v=w"),
                3),
            "two",
            EndpointConfig.DEFAULT),
        asked.endpoints());
  }

  @Test
  void whatIsAskedBesideTheNetworkIsOfTheFirst() {
    assertEquals(
        Map.of(
            "one",
            new EndpointConfig(
                "10.9.0.8", "", List.of(), List.of(), List.of("c"), "", Map.of(), 0)),
        request("--network", "name=one,ip=10.9.0.8", "--network-alias", "c", "busybox")
            .endpoints());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--network ip=10.9.0.7",
        "--network name=one,foo=1",
        "--network name=one,ip",
        "--network name=one,driver-opt=x",
        "--network name=one,gw-priority=x",
        "--network name=one,ip=10.9.0.7 --ip 10.9.0.8",
        "--network name=one,alias=a --network-alias b",
        "--network one --network one --network two",
        "--network one --network two --network name=two,alias=x"
      })
  void aNetworkThatMeansNothingIsRefused(String words) {
    String[] all = (words + " busybox").split(" ");
    assertEquals(
        EngineException.Kind.INVALID,
        assertThrows(EngineException.class, () -> request(all)).kind());
  }

  @Test
  void timesAreInstantsSecondsOrSpans() {
    Instant now = Instant.ofEpochSecond(10_000);
    assertEquals(now.minusSeconds(5400), LogsCommand.time("1h30m", now));
    assertEquals(Instant.ofEpochSecond(77), LogsCommand.time("77", now));
    assertEquals(Instant.ofEpochSecond(3600), LogsCommand.time("1970-01-01T02:00:00+01:00", now));
    for (String wrong : List.of("yesterday", "", "10x", "m")) {
      assertThrows(EngineException.class, () -> LogsCommand.time(wrong, now), wrong);
    }
  }

  @Test
  void portsAreReadInEveryForm() {
    assertEquals(
        Map.of(
            "80/tcp", List.of(new HostPort("", "8080"), new HostPort("", "")),
            "53/udp", List.of(new HostPort("127.0.0.1", "5353")),
            "22/tcp", List.of(new HostPort("::1", ""))),
        ContainerOptions.portBindings(
            List.of("8080:80", "80", "127.0.0.1:5353:53/udp", "[::1]::22")));
  }

  @Test
  void aRestartPolicyHasACount() {
    assertEquals(
        new RestartPolicy("on-failure", 3), ContainerOptions.restartPolicy("on-failure:3"));
    assertEquals(new RestartPolicy("always", 0), ContainerOptions.restartPolicy("always"));
    assertThrows(EngineException.class, () -> ContainerOptions.restartPolicy("on-failure:x"));
  }

  @Test
  void detachKeysAreFoundAndALoneCtrlPPasses() {
    DetachKeys keys = new DetachKeys();
    StringBuilder process = new StringBuilder();
    "a\020b\020\020".chars().forEach(key -> keys.pass(key, process));
    assertEquals("a\020b\020", process.toString());
    assertFalse(keys.pressed());
    keys.pass(17, process);
    assertEquals("a\020b\020", process.toString());
    assertTrue(keys.pressed());
  }

  @Test
  void spansAndSizesReadAsDockersDo() {
    assertEquals("Less than a second", Ago.span(Duration.ofMillis(10)));
    assertEquals("About a minute", Ago.span(Duration.ofSeconds(80)));
    assertEquals("2 hours", Ago.span(Duration.ofHours(2)));
    assertEquals("2 weeks", Ago.span(Duration.ofDays(15)));
    assertEquals("4.26MB", Bytes.show(4_261_550));
    assertEquals("117MB", Bytes.show(116_963_210));
    assertEquals("0B", Bytes.show(0));
  }

  @Test
  void columnsLineUp() {
    Table table = new Table("A", "LONGER");
    table.row("wide cell", "x");
    assertEquals(List.of("A           LONGER", "wide cell   x"), table.lines());
  }

  @Test
  void recordsShowTheirComponents() {
    assertEquals("name: no\nmaximumRetryCount: 0", Records.show(RestartPolicy.NO));
  }
}
