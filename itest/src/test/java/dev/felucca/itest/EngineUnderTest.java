package dev.felucca.itest;

import static org.junit.Assert.assertEquals;

import dev.felucca.kernel.container.ContainerConfig;
import dev.felucca.kernel.container.ContainerManager;
import dev.felucca.kernel.container.ContainerQueries;
import dev.felucca.kernel.container.ContainerState;
import dev.felucca.kernel.container.ContainerStreams;
import dev.felucca.kernel.container.CreateRequest;
import dev.felucca.kernel.container.ExecManager;
import dev.felucca.kernel.container.ExecManager.ExecConfig;
import dev.felucca.kernel.container.HostConfig;
import dev.felucca.kernel.log.LogEntry;
import dev.felucca.kernel.log.LogQuery;
import dev.felucca.kernel.log.LogReader;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import javax.inject.Inject;

/** What the tests do with containers, through the services that clients use. */
final class EngineUnderTest {
  /** Lines in order without end, so that a missing or a doubled one is seen. */
  private static final String COUNT = "n=0; while :; do n=$((n+1)); echo $n; sleep 0.05; done";

  @Inject ContainerManager containers;
  @Inject ContainerQueries queries;
  @Inject ContainerStreams streams;
  @Inject ExecManager execs;

  /** A running container of {@link HostImage} that counts. */
  String run(String name, String network, List<String> binds, Map<String, String> drivers)
      throws IOException {
    return run(name, network, binds, List.of(), drivers);
  }

  String run(
      String name,
      String network,
      List<String> binds,
      List<String> links,
      Map<String, String> drivers)
      throws IOException {
    ContainerConfig.Builder config = ContainerConfig.builder();
    config.image = HostImage.NAME;
    config.cmd = List.of("/bin/sh", "-c", COUNT);
    HostConfig.Builder host = HostConfig.builder();
    host.networkMode = network;
    host.binds = binds;
    host.links = links;
    String id =
        containers
            .create(new CreateRequest(name, null, config.build(), host.build(), Map.of(), drivers))
            .id()
            .hex();
    containers.start(id);
    return id;
  }

  ContainerState state(String ref) {
    return queries.inspect(ref, false).state();
  }

  List<String> names() {
    return queries.list(true, 0, false, Map.of()).stream().map(each -> each.name()).toList();
  }

  void removeAll() throws IOException {
    for (String name : names()) {
      containers.remove(name, true, true);
    }
  }

  /** It runs, and its output comes on with no line missing or doubled. */
  void goesOn(String ref) throws Exception {
    goesOn(ref, "");
  }

  void goesOn(String ref, String when) throws Exception {
    assertEquals(ContainerState.Status.RUNNING, state(ref).status());
    int before = lines(ref);
    Until.holds("the output of " + ref + " goes on " + when, () -> lines(ref) > before);
  }

  int exec(String ref, String... words) throws Exception {
    String id =
        execs.create(
            ref,
            new ExecConfig(
                List.of(words), List.of(), "", "", false, false, false, false, false, "", null));
    execs.start(id, null, null);
    Until.holds("the exec ends", () -> execs.inspect(id).exitCode() != null);
    return execs.inspect(id).exitCode();
  }

  private int lines(String ref) throws IOException {
    int last = 0;
    try (LogReader log = streams.logs(ref, new LogQuery(true, true, -1, null, null, false))) {
      for (LogEntry entry = log.next(Duration.ZERO); entry != null; ) {
        int line = Integer.parseInt(new String(entry.line(), StandardCharsets.UTF_8).trim());
        if (line != 1) { // each start begins anew
          assertEquals("a line is lost or doubled", last + 1, line);
        }
        last = line;
        entry = log.next(Duration.ZERO);
      }
    }
    return last;
  }

  /** What the API's socket answers to a ping. */
  static String ping(Path socket) throws IOException {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(socket));
      channel.write(
          ByteBuffer.wrap(
              "GET /_ping HTTP/1.1\r\nHost: it\r\nConnection: close\r\n\r\n"
                  .getBytes(StandardCharsets.US_ASCII)));
      ByteBuffer answer = ByteBuffer.allocate(4096);
      while (answer.hasRemaining() && channel.read(answer) >= 0) {}
      return new String(answer.array(), 0, answer.position(), StandardCharsets.US_ASCII);
    }
  }
}
