package dev.felucca.rest.fake;

import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.Platform;
import dev.felucca.kernel.container.ContainerDetails;
import dev.felucca.kernel.container.ContainerState;
import dev.felucca.kernel.container.ContainerState.Status;
import dev.felucca.kernel.container.CreateRequest;
import dev.felucca.kernel.container.DriverNames;
import dev.felucca.kernel.container.EndpointConfig;
import dev.felucca.kernel.container.EndpointDetails;
import dev.felucca.kernel.network.PortBinding;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** One container of {@link FakeEngine}. */
final class FakeContainer {
  final ContainerId id = ContainerId.random();
  final CreateRequest request;
  final CompletableFuture<Integer> removed = new CompletableFuture<>();
  String name;
  FakeProcess process;
  Status status = Status.CREATED;
  int exitCode;
  @Nullable Instant started;
  @Nullable Instant finished;
  CompletableFuture<Integer> nextExit = new CompletableFuture<>();

  FakeContainer(CreateRequest request) {
    this.request = request;
    name = request.name() == null ? "fake_" + id.shortForm() : request.name();
    process = new FakeProcess(request.config().tty(), request.config().openStdin());
  }

  List<String> argv() {
    List<String> argv = new ArrayList<>();
    if (request.config().entrypoint() != null) {
      argv.addAll(request.config().entrypoint());
    }
    if (request.config().cmd() != null) {
      argv.addAll(request.config().cmd());
    }
    return argv;
  }

  synchronized ContainerDetails details(boolean size) {
    boolean up = status == Status.RUNNING;
    List<String> argv = argv();
    return new ContainerDetails(
        id,
        name,
        Instant.parse("2026-01-02T03:04:05.120Z"),
        argv.get(0),
        argv.subList(1, argv.size()),
        new ContainerState(
            status,
            false,
            up ? (int) ProcessHandle.current().pid() : 0,
            exitCode,
            "",
            started,
            finished,
            null),
        FakeImages.ID.toString(),
        Platform.parse("linux/amd64"),
        request.config(),
        request.hostConfig(),
        new DriverNames("overlay", "linux", "json-file"),
        Map.of(
            "bridge",
            new EndpointDetails(
                EndpointConfig.DEFAULT,
                FakeNetworks.BRIDGE,
                up ? id.hex() : "",
                up ? "172.30.0.1" : "",
                up ? "172.30.0.2" : "",
                up ? 16 : 0,
                "",
                "",
                0,
                up ? "02:42:ac:1e:00:02" : "",
                List.of())),
        up ? List.of(new PortBinding(80, "tcp", "", 8080)) : List.of(),
        up ? "/proc/1/ns/net" : "",
        List.of(),
        List.of(),
        0,
        "/r/resolv.conf",
        "/r/hostname",
        "/r/hosts",
        "/r/json.log",
        "",
        Map.of("UpperDir", "/u"),
        size ? 5L : null,
        size ? 500L : null);
  }
}
