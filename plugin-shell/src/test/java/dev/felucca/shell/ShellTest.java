package dev.felucca.shell;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.CreateRequest;
import dev.felucca.kernel.container.HostPort;
import dev.felucca.kernel.container.RestartPolicy;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
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
  void detachKeysAreFoundAcrossReadsAndALoneCtrlPPasses() {
    DetachKeys keys = new DetachKeys();
    assertArrayEquals(new byte[] {'a'}, keys.pass(new byte[] {'a', 16}, 2));
    assertArrayEquals(new byte[] {16, 'b'}, keys.pass(new byte[] {'b', 16}, 2));
    assertFalse(keys.pressed());
    assertArrayEquals(new byte[0], keys.pass(new byte[] {17, 'c'}, 2));
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
