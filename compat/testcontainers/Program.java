import static java.util.concurrent.TimeUnit.SECONDS;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.model.Event;
import com.github.dockerjava.api.model.Frame;
import com.github.dockerjava.api.model.HealthCheck;
import com.github.dockerjava.api.model.Statistics;
import com.github.dockerjava.core.DefaultDockerClientConfig;
import com.github.dockerjava.core.DockerClientConfig;
import com.github.dockerjava.core.DockerClientImpl;
import com.github.dockerjava.httpclient5.ApacheDockerHttpClient;
import com.github.dockerjava.transport.DockerHttpClient;
import com.github.dockerjava.zerodep.ZerodepDockerHttpClient;
import java.io.ByteArrayInputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.testcontainers.containers.BindMode;
import org.testcontainers.containers.Container.ExecResult;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.Network;
import org.testcontainers.containers.output.ToStringConsumer;
import org.testcontainers.containers.output.WaitingConsumer;
import org.testcontainers.containers.startupcheck.OneShotStartupCheckStrategy;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.images.builder.Transferable;
import org.testcontainers.utility.DockerImageName;
import org.testcontainers.utility.MountableFile;

/** What people do with Testcontainers and docker-java, against the engine of DOCKER_HOST. */
public final class Program {
  private static String image;

  public static void main(String[] arguments) throws Exception {
    image = arguments[0];
    DockerClientConfig config = DefaultDockerClientConfig.createDefaultConfigBuilder().build();
    switch (arguments[1]) {
      case "testcontainers" -> testcontainers();
      case "httpclient5" ->
          dockerJava(
              config, new ApacheDockerHttpClient.Builder().dockerHost(config.getDockerHost()).build());
      case "zerodep" ->
          dockerJava(
              config, new ZerodepDockerHttpClient.Builder().dockerHost(config.getDockerHost()).build());
      default -> throw new IllegalArgumentException(arguments[1]);
    }
    System.out.println("all of it");
    System.exit(0); // Testcontainers keeps threads
  }

  private static void check(boolean claim, String words) {
    if (!claim) {
      throw new AssertionError(words);
    }
  }

  private static void until(Callable<Boolean> condition, String words) throws Exception {
    long deadline = System.nanoTime() + SECONDS.toNanos(30);
    while (!condition.call()) {
      check(System.nanoTime() < deadline, words);
      Thread.sleep(20);
    }
  }

  private static GenericContainer<?> container(String... command) {
    return new GenericContainer<>(DockerImageName.parse(image)).withCommand(command);
  }

  private static void testcontainers() throws Exception {
    try (Network network = Network.newNetwork();
        GenericContainer<?> web =
            container("sh", "-c", "echo started; exec httpd -f -p 80 -h /www")
                .withNetwork(network)
                .withNetworkAliases("web")
                .withCopyToContainer(Transferable.of("from the test\n"), "/www/index.html")
                .withExposedPorts(80)
                .waitingFor(Wait.forHttp("/index.html").forStatusCode(200))) {
      web.start();
      URL page = new URL("http://" + web.getHost() + ":" + web.getMappedPort(80) + "/index.html");
      try (var stream = page.openStream()) {
        check("from the test\n".equals(new String(stream.readAllBytes())), "a published port");
      }
      ExecResult result = web.execInContainer("sh", "-c", "echo out; echo err >&2; exit 3");
      check(result.getExitCode() == 3, "exit code of exec");
      check(result.getStdout().equals("out\n") && result.getStderr().equals("err\n"), "exec");
      web.copyFileToContainer(MountableFile.forHostPath("/etc/hostname"), "/tmp/name");
      check(
          web.execInContainer("cat", "/tmp/name").getStdout().equals(Files.readString(Path.of("/etc/hostname"))),
          "copyFileToContainer");
      check(
          web.copyFileFromContainer("/www/index.html", in -> new String(in.readAllBytes()))
              .equals("from the test\n"),
          "copyFileFromContainer");
      check(web.getLogs().contains("started"), "getLogs");
      logsOfAnother(network);
    }
    try (GenericContainer<?> ports =
        container("sh", "-c", "nc -ll -p 7000 -e cat & exec nc -ll -p 7001 -e cat")
            .withExposedPorts(7000, 7001)
            .waitingFor(Wait.forListeningPort())) {
      ports.start();
    }
    try (GenericContainer<?> health =
        container("sleep", "100")
            .withCreateContainerCmdModifier(
                create ->
                    create.withHealthcheck(
                        new HealthCheck()
                            .withTest(List.of("CMD-SHELL", "test -e /tmp"))
                            .withInterval(200_000_000L)))
            .waitingFor(Wait.forHealthcheck())) {
      health.start();
      check(health.isHealthy(), "health");
    }
    try (GenericContainer<?> once =
        container("true").withStartupCheckStrategy(new OneShotStartupCheckStrategy())) {
      once.start();
    }
    try (GenericContainer<?> options =
        container("sleep", "100")
            .withTmpFs(Map.of("/t", "rw,size=1m"))
            .withFileSystemBind("/etc/hostname", "/name", BindMode.READ_ONLY)
            .withWorkingDirectory("/t")
            .withPrivilegedMode(true)
            .withExtraHost("other", "192.0.2.7")
            .withSharedMemorySize(1_048_576L)) {
      options.start();
      String seen = options.execInContainer("sh", "-c", "pwd; grep other /etc/hosts").getStdout();
      check(seen.equals("/t\n192.0.2.7\tother\n"), "options: " + seen);
    }
    GenericContainer<?> first = container("sleep", "100").withReuse(true);
    GenericContainer<?> second = container("sleep", "100").withReuse(true);
    first.start();
    second.start();
    check(first.getContainerId().equals(second.getContainerId()), "reuse");
    first.getDockerClient().removeContainerCmd(first.getContainerId()).withForce(true).exec();
  }

  private static void logsOfAnother(Network network) throws Exception {
    try (GenericContainer<?> client =
        container("sh", "-c", "wget -qO- http://web/; echo done; exec sleep 100")
            .withNetwork(network)
            .withEnv("A", "b")
            .waitingFor(Wait.forLogMessage(".*done.*", 1))) {
      WaitingConsumer seen = new WaitingConsumer();
      client.withLogConsumer(seen).start();
      seen.waitUntil(frame -> frame.getUtf8String().contains("from the test"), 20, SECONDS);
      ToStringConsumer all = new ToStringConsumer();
      client.followOutput(all);
      client.getDockerClient().stopContainerCmd(client.getContainerId()).withTimeout(0).exec();
      until(() -> !client.isRunning(), "it has stopped");
      until(() -> all.toUtf8String().contains("done"), "followOutput");
    }
  }

  private static <T> ResultCallback.Adapter<T> each(Consumer<T> consumer) {
    return new ResultCallback.Adapter<>() {
      @Override
      public void onNext(T one) {
        consumer.accept(one);
      }
    };
  }

  private static void dockerJava(DockerClientConfig config, DockerHttpClient http) throws Exception {
    try (DockerClient docker = DockerClientImpl.getInstance(config, http)) {
      docker.pingCmd().exec();
      check(docker.infoCmd().exec().getServerVersion() != null, "info");
      check(docker.versionCmd().exec().getApiVersion() != null, "version");
      check(docker.pullImageCmd(image).start().awaitCompletion(30, SECONDS), "pull");
      String id =
          docker
              .createContainerCmd(image)
              .withCmd("cat")
              .withStdinOpen(true)
              .withStdInOnce(true)
              .withAttachStdin(true)
              .withLabels(Map.of("made", "by docker-java"))
              .exec()
              .getId();
      PipedOutputStream typed = new PipedOutputStream();
      StringBuffer echoed = new StringBuffer();
      ResultCallback.Adapter<Frame> attached = each(frame -> echoed.append(new String(frame.getPayload())));
      docker
          .attachContainerCmd(id)
          .withStdIn(new PipedInputStream(typed))
          .withStdOut(true)
          .withStdErr(true)
          .withFollowStream(true)
          .exec(attached)
          .awaitStarted();
      docker.startContainerCmd(id).exec();
      typed.write("typed\n".getBytes());
      typed.flush();
      until(() -> echoed.toString().equals("typed\n"), "attach");
      check(docker.listContainersCmd().withLabelFilter(Map.of("made", "by docker-java")).exec().size() == 1, "list");
      CompletableFuture<Statistics> statistics = new CompletableFuture<>();
      docker.statsCmd(id).exec(each(statistics::complete));
      check(statistics.get(30, SECONDS).getMemoryStats().getUsage() > 0, "stats");
      CompletableFuture<String> died = new CompletableFuture<>();
      docker
          .eventsCmd()
          .withContainerFilter(id)
          .withEventFilter("die")
          .exec(each((Event event) -> died.complete(event.getAction())));
      docker.topContainerCmd(id).exec();
      docker.containerDiffCmd(id).exec();
      docker.pauseContainerCmd(id).exec();
      docker.unpauseContainerCmd(id).exec();
      docker.renameContainerCmd(id).withName("renamed").exec();
      check(docker.inspectContainerCmd("renamed").exec().getId().equals(id), "rename");
      exec(docker, id);
      docker.killContainerCmd(id).exec();
      check(died.get(30, SECONDS).equals("die"), "events");
      check(docker.waitContainerCmd(id).start().awaitStatusCode(30, SECONDS) == 137, "wait");
      try {
        docker.inspectContainerCmd("nobody").exec();
        throw new AssertionError("a container that is not there");
      } catch (NotFoundException expected) {
        docker.commitCmd(id).withRepository("committed").withTag("here").exec();
      }
      docker.removeImageCmd("committed:here").exec();
      docker.removeContainerCmd(id).withForce(true).withRemoveVolumes(true).exec();
      docker.createVolumeCmd().withName("made").exec();
      docker.removeVolumeCmd("made").exec();
      docker.removeNetworkCmd(docker.createNetworkCmd().withName("made").exec().getId()).exec();
    }
  }

  private static void exec(DockerClient docker, String id) throws Exception {
    String exec =
        docker
            .execCreateCmd(id)
            .withCmd("sh", "-c", "read x; echo got $x")
            .withAttachStdin(true)
            .withAttachStdout(true)
            .exec()
            .getId();
    StringBuffer said = new StringBuffer();
    ResultCallback.Adapter<Frame> listening = each(frame -> said.append(new String(frame.getPayload())));
    docker
        .execStartCmd(exec)
        .withStdIn(new ByteArrayInputStream("a line\n".getBytes()))
        .exec(listening)
        .awaitCompletion(30, SECONDS);
    check(said.toString().equals("got a line\n"), "exec: " + said);
  }
}
