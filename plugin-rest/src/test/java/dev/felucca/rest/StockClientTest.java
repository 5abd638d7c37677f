package dev.felucca.rest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.felucca.kernel.isolation.ConsoleSize;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The stock docker CLI against an engine in memory. */
@Timeout(120)
class StockClientTest {
  @RegisterExtension final TestEngine test = new TestEngine();
  private @Nullable String apiVersion;

  @BeforeEach
  void needsTheClient() {
    assumeTrue(
        Stream.of(System.getenv("PATH").split(":"))
            .anyMatch(one -> Files.isExecutable(Path.of(one, "docker"))),
        "the docker CLI is not installed");
  }

  private Result docker(String... words) throws Exception {
    return dockerWithInput("", words);
  }

  private Result dockerWithInput(String input, String... words) throws Exception {
    Process process = launch(words);
    try (var stdin = process.outputWriter()) {
      stdin.write(input);
    }
    CompletableFuture.delayedExecutor(60, TimeUnit.SECONDS).execute(process::destroyForcibly);
    var err = CompletableFuture.supplyAsync(() -> read(process.getErrorStream()));
    String out = read(process.getInputStream());
    if (!process.waitFor(30, TimeUnit.SECONDS)) {
      process.destroyForcibly();
    }
    return new Result(process.waitFor(), out, err.get(30, TimeUnit.SECONDS));
  }

  private Process launch(String... words) throws IOException {
    List<String> command = new ArrayList<>(List.of("docker"));
    command.addAll(List.of(words));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("DOCKER_HOST", "unix://" + test.socket);
    builder.environment().put("DOCKER_CONFIG", test.directory.resolve("none").toString());
    if (apiVersion != null) {
      builder.environment().put("DOCKER_API_VERSION", apiVersion);
    }
    return builder.start();
  }

  private static String read(java.io.InputStream stream) {
    try {
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private record Result(int code, String out, String err) {
    Result ok() {
      assertEquals(0, code, err);
      return this;
    }
  }

  @Test
  void runShowsBothStreamsAndTheExitCode() throws Exception {
    Result both = docker("run", "--rm", "fake", "both").ok();
    assertEquals("to stdout\n", both.out);
    assertEquals("to stderr\n", both.err);
    assertEquals(5, docker("run", "--rm", "fake", "exit", "5").code);
    assertEquals("", docker("ps", "-aq").ok().out);
  }

  @ParameterizedTest
  @ValueSource(strings = {"1.24", "1.30", "1.41", "1.43", "1.47"})
  void olderVersionsOfTheApiAreSpoken(String version) throws Exception {
    apiVersion = version;
    assertEquals("hi\n", docker("run", "--name", "one", "fake", "echo", "hi").ok().out);
    assertEquals(3, docker("run", "--rm", "fake", "exit", "3").code);
    assertTrue(docker("ps", "-a").ok().out.contains("Exited (0)"));
    assertEquals("hi\n", docker("logs", "one").ok().out);
    assertTrue(docker("images").ok().out.contains("4.5MB"));
    assertTrue(docker("inspect", "one").ok().out.contains("\"IPAddress\""));
    docker("run", "-d", "--name", "two", "fake", "sleep").ok();
    assertEquals("x\n", docker("exec", "two", "echo", "x").ok().out);
    assertEquals("two\n", docker("stop", "two").ok().out);
  }

  @Test
  void terminalIsRawAndHasTheClientsSize() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/script")), "script(1) is not installed");
    ProcessBuilder builder =
        new ProcessBuilder(
            "script",
            "-qec",
            "stty rows 33 cols 77; docker -H unix://" + test.socket + " run -it --name t fake cat",
            "/dev/null");
    builder.environment().put("DOCKER_CONFIG", test.directory.resolve("none").toString());
    Process process = builder.start();
    CompletableFuture.delayedExecutor(60, TimeUnit.SECONDS).execute(process::destroyForcibly);
    try (var stdin = process.getOutputStream()) {
      Eventually.holds("resized", () -> new ConsoleSize(33, 77).equals(test.engine.size));
      stdin.write("a\u0003b".getBytes(StandardCharsets.US_ASCII));
      stdin.flush();
      // Ctrl-C is a byte like others: it goes to the terminal inside.
      byte[] echo = new byte[3];
      assertEquals(3, process.getInputStream().readNBytes(echo, 0, 3));
      assertEquals("a\u0003b", new String(echo, StandardCharsets.US_ASCII));
      stdin.write(new byte[] {16, 17});
      stdin.flush();
      read(process.getInputStream());
      assertEquals(0, process.waitFor());
    }
    assertTrue(docker("ps").ok().out.contains(" t\n"));
  }

  @Test
  void runInteractivelyEndsWithItsInput() throws Exception {
    Result cat = dockerWithInput("one\ntwo\n", "run", "-i", "--name", "cat", "fake", "cat");
    assertEquals("one\ntwo\n", cat.out);
    assertEquals("eof\n", cat.err);
    assertEquals(7, cat.code);
    assertTrue(docker("ps", "-a").ok().out.matches("(?s).*\"cat\" .* Exited \\(7\\) .* cat\n"));
    assertEquals("one\ntwo\n", docker("logs", "cat").ok().out);
    assertEquals("cat\n", docker("rm", "cat").ok().out);
  }

  @Test
  void runPullsAMissingImageFirst() throws Exception {
    Result run = docker("run", "missing:1", "echo");
    assertTrue(run.err.contains("Unable to find image 'missing:1' locally"), run.err);
    assertTrue(run.err.contains("1: Pulling from library/missing"), run.err);
    assertTrue(run.err.contains("0123456789ab: Pull complete"), run.err);
  }

  @Test
  void lifecycleOfADetachedContainer() throws Exception {
    String id =
        docker("run", "-d", "--name", "web", "-p", "8080:80", "-e", "A=b", "fake", "sleep")
            .ok()
            .out
            .strip();
    assertEquals(64, id.length());
    String list = docker("ps").ok().out;
    assertTrue(list.contains("0.0.0.0:8080->80/tcp") && list.contains("Up "), list);
    assertEquals(
        "/web running 172.30.0.2 [A=b]\n",
        docker(
                "inspect",
                "-f",
                "{{.Name}} {{.State.Status}} {{.NetworkSettings.IPAddress}} {{.Config.Env}}",
                "web")
            .ok()
            .out);
    assertEquals(
        "80/tcp -> 0.0.0.0:8080", docker("port", "web").ok().out.lines().findFirst().get());
    assertTrue(docker("top", "web").ok().out.contains("java -jar x.jar"));
    assertTrue(docker("stats", "--no-stream", "web").ok().out.contains("web"));
    docker("exec", "web", "echo", "hi").ok();
    assertEquals("hi\n", docker("exec", "web", "echo", "hi").ok().out);
    assertEquals(7, dockerWithInput("x", "exec", "-i", "web", "cat").code);
    Result missing = docker("exec", "web", "missing");
    assertEquals(127, missing.code, missing.out + missing.err);
    docker("pause", "web").ok();
    assertTrue(docker("ps").ok().out.isEmpty() || docker("ps", "-a").out.contains("(Paused)"));
    docker("unpause", "web").ok();
    docker("rename", "web", "net").ok();
    docker("stop", "net").ok();
    assertEquals("143\n", docker("wait", "net").ok().out);
    docker("start", "net").ok();
    docker("restart", "net").ok();
    docker("kill", "net").ok();
    docker("rm", "-f", "net").ok();
    Result gone = docker("container", "inspect", "net");
    assertTrue(gone.err.contains("No such container: net"), gone.err);
  }

  @Test
  void imagesNetworksVersionAndInfo() throws Exception {
    assertTrue(docker("images").ok().out.matches("(?s).*fake +latest .* 4\\.5MB\n"));
    assertTrue(docker("image", "inspect", "fake").ok().out.contains("\"amd64\""));
    docker("tag", "fake", "other:1").ok();
    assertTrue(
        docker("rmi", "fake").ok().out.startsWith("Untagged: fake:latest\nDeleted: sha256:"));
    assertTrue(docker("network", "ls").ok().out.contains("bridge"));
    assertTrue(docker("network", "inspect", "bridge").ok().out.contains("172.30.0.0/16"));
    String version = docker("version").ok().out;
    assertTrue(
        version.contains("Felucca") && version.contains("1.50 (minimum version 1.24)"), version);
    String info = docker("info").ok().out;
    assertTrue(info.contains("Storage Driver: overlay") && info.contains("Backing: ext4"), info);
  }

  @Test
  void pullPrintsItsEnd() throws Exception {
    String out = docker("pull", "127.0.0.1:5000/fake:1").ok().out;
    assertTrue(
        out.endsWith(
            "Status: Downloaded newer image for 127.0.0.1:5000/fake:1\n127.0.0.1:5000/fake:1\n"),
        out);
    Result broken = docker("pull", "fake:broken");
    assertEquals(1, broken.code);
    assertTrue(broken.err.contains("layer 0123456789ab: wrong digest"), broken.err);
    Result none = docker("pull", "nosuch");
    assertTrue(
        none.err.contains("Error response from daemon: manifest for nosuch:latest not found"),
        none.err);
  }

  @Test
  void eventsAreSeenAsTheyHappen() throws Exception {
    Process events =
        launch(
            "events",
            "--filter",
            "event=die",
            "--format",
            "{{.Action}} {{.Actor.Attributes.name}}");
    try (var lines = events.inputReader()) {
      Eventually.holds("subscribed", () -> test.events.listeners() == 1);
      docker("run", "--name", "one", "fake", "echo").ok();
      assertEquals("die one", lines.readLine());
    } finally {
      events.destroyForcibly();
    }
    Eventually.holds("unsubscribed", () -> test.events.listeners() == 0);
  }

  @Test
  void whatIsNotSupportedIsSaid() throws Exception {
    assertTrue(docker("service", "ls").err.contains("This node is not a swarm manager"));
  }
}
