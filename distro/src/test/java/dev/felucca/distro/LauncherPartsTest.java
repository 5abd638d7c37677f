package dev.felucca.distro;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LauncherPartsTest {
  @TempDir Path temp;

  @Test
  void theSocketFollowsTheRunDirectoryUnlessItIsGiven() {
    assertEquals(Path.of("/r/felucca.sock"), Options.parse("--run-dir", "/r").socket());
    assertEquals(Path.of("/s"), Options.parse("--run-dir", "/r", "--socket", "/s").socket());
    assertEquals(Path.of("/run/felucca/felucca.sock"), Options.parse().socket());
  }

  @Test
  void aSocketPathThatTheKernelCannotBindIsRefusedAtOnce() {
    assertThrows(
        IllegalArgumentException.class, () -> Options.parse("--run-dir", "/" + "r".repeat(100)));
  }

  @Test
  void anUnknownOptionAndAMissingValueAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> Options.parse("--sokcet", "/s"));
    assertThrows(IllegalArgumentException.class, () -> Options.parse("--socket"));
  }

  @Test
  void whatLiesInThePlaceOfItsFilesKeepsNoEngineAway() throws IOException {
    Options options = options();
    Path run = Files.createDirectories(options.runDir());
    Files.createDirectories(run.resolve("felucca.pid/inside"));
    Files.createDirectories(run.resolve("felucca.ready/inside"));
    Files.createSymbolicLink(run.resolve("felucca.lock"), run.resolve("felucca.lock"));
    try (Claim claim = Claim.of(options)) {
      assertTrue(Files.isRegularFile(run.resolve("felucca.pid")));
      Files.write(run.resolve("felucca.lock"), new byte[] {(byte) 0xf3, (byte) 0xa4});
      claim.ready("ready");
    }
  }

  @Test
  void aFrameworkCacheThatCannotBeReadIsCleared() throws IOException {
    Path cache = Files.createDirectories(temp.resolve("osgi/bundle1/version0.0"));
    Files.createSymbolicLink(cache.resolve("bundle.info"), cache.resolve("bundle.info"));
    Files.createDirectory(cache.resolve("revision.location"));
    FrameworkCache.clear(temp.resolve("osgi"));
    assertFalse(Files.exists(temp.resolve("osgi")));
    FrameworkCache.clear(temp.resolve("osgi"));
  }

  @Test
  void theClaimLeavesItsPidWhileItHoldsAndNothingBehindThatBlocksTheNext() throws IOException {
    Options options = options();
    for (int round = 0; round < 2; round++) {
      try (Claim claim = Claim.of(options)) {
        assertEquals(
            ProcessHandle.current().pid() + "\n",
            Files.readString(options.runDir().resolve("felucca.pid")));
      }
      assertFalse(Files.exists(options.runDir().resolve("felucca.pid")));
    }
  }

  @Test
  void foldersOfARunningEngineAreRefusedNamingItsPid() throws Exception {
    Options options = options();
    Files.createDirectories(options.dataRoot());
    Path lock = options.dataRoot().resolve("felucca.lock");
    Files.writeString(lock, "4242");
    // Another process has to hold it: to one JVM its own locks are no conflict but an error.
    Process other =
        new ProcessBuilder(
                "python3",
                "-c",
                "import fcntl, sys; f = open(sys.argv[1], 'r+'); fcntl.lockf(f, fcntl.LOCK_EX); print('held', flush=True); sys.stdin.read()",
                lock.toString())
            .start();
    try {
      other.inputReader().readLine();
      IOException refused = assertThrows(IOException.class, () -> Claim.of(options));
      assertTrue(refused.getMessage().contains("4242"), refused.getMessage());
    } finally {
      other.destroyForcibly().waitFor();
    }
    Claim.of(options).close();
  }

  @Test
  void onlyAnAnswerOf200IsReady() throws Exception {
    Path socket = temp.resolve("s");
    assertFalse(Ping.answers(socket), "nobody listens");
    try (ServerSocketChannel door = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      door.bind(UnixDomainSocketAddress.of(socket));
      assertTrue(answering(door, socket, "HTTP/1.1 200 OK\r\n\r\n"));
      assertFalse(answering(door, socket, "HTTP/1.1 503 Service Unavailable\r\n\r\n"));
      assertFalse(answering(door, socket, "HTTP"));
    }
    assertFalse(Ping.answers(socket), "a socket file that its process left behind");
  }

  @Test
  void theProgramsOfTheTrainingImageRun() throws Exception {
    Path tar = Files.write(temp.resolve("image.tar"), TrainingImage.tar());
    assertEquals(
        0,
        new ProcessBuilder("tar", "-C", temp.toString(), "-xf", tar.toString()).start().waitFor());
    assertEquals(0, new ProcessBuilder(temp.resolve("true").toString()).start().waitFor());
    Process waiting = new ProcessBuilder(temp.resolve("wait").toString()).start();
    assertFalse(waiting.waitFor(50, TimeUnit.MILLISECONDS));
    waiting.destroyForcibly().waitFor();
  }

  @Test
  void thisProcessKnowsItsNumberAndItsAge() throws IOException {
    assertEquals(Long.toString(ProcessHandle.current().pid()), Self.pid());
    long age =
        Duration.between(ProcessHandle.current().info().startInstant().orElseThrow(), Instant.now())
            .toMillis();
    assertTrue(Math.abs(age - Self.age().toMillis()) < 5000, age + " and " + Self.age());
  }

  private static boolean answering(ServerSocketChannel door, Path socket, String reply)
      throws Exception {
    Thread server =
        new Thread(
            () -> {
              try (SocketChannel client = door.accept()) {
                client.read(ByteBuffer.allocate(1024));
                client.write(StandardCharsets.US_ASCII.encode(reply));
              } catch (IOException e) {
                throw new IllegalStateException(e);
              }
            });
    server.start();
    boolean ready = Ping.answers(socket);
    server.join();
    return ready;
  }

  private Options options() {
    return Options.parse(
        "--data-root",
        temp.resolve("data").toString(),
        "--run-dir",
        temp.resolve("run").toString());
  }
}
