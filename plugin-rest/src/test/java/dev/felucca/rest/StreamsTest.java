package dev.felucca.rest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.felucca.kernel.isolation.ConsoleSize;
import dev.felucca.kernel.isolation.OutputStreamKind;
import dev.felucca.rest.RawClient.Answer;
import dev.felucca.rest.RawClient.Head;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class StreamsTest {
  private static final String UPGRADE =
      " HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: 0\r\n\r\n";
  @RegisterExtension final TestEngine test = new TestEngine();

  private String interactive(boolean tty) throws Exception {
    return test.create(
        "{\"Image\":\"fake\",\"Cmd\":[\"cat\"],\"OpenStdin\":true,\"StdinOnce\":true,\"Tty\":"
            + tty
            + "}");
  }

  @Test
  void attachUpgradesFramesAndSeesTheClientsEndOfInput() throws Exception {
    String id = interactive(false);
    try (RawClient client = test.client()) {
      client.send(
          "POST /v1.50/containers/" + id + "/attach?stream=1&stdin=1&stdout=1&stderr=1" + UPGRADE);
      Head head = client.head();
      assertEquals("HTTP/1.1 101 UPGRADED", head.line());
      assertEquals("application/vnd.docker.multiplexed-stream", head.headers().get("content-type"));
      assertEquals("tcp", head.headers().get("upgrade"));
      assertEquals(204, test.call("POST", "/containers/" + id + "/start"));
      client.send("hello\n");
      assertEquals("1:hello\n", client.frame());
      client.halfClose();
      assertEquals("2:eof\n", client.frame());
      assertEquals("", client.rest());
    }
  }

  @Test
  void bytesRightBehindTheRequestReachTheProcess() throws Exception {
    String id = interactive(false);
    try (RawClient client = test.client()) {
      client.send(
          "POST /v1.41/containers/"
              + id
              + "/attach?stream=1&stdin=1&stdout=1&stderr=1"
              + UPGRADE
              + "GET /this HTTP/1.1\r\n\r\n is input");
      assertEquals(
          "application/vnd.docker.raw-stream", client.head().headers().get("content-type"));
      test.call("POST", "/containers/" + id + "/start");
      client.halfClose();
      StringBuilder text = new StringBuilder();
      for (String frame = client.frame(); frame.startsWith("1:"); frame = client.frame()) {
        text.append(frame.substring(2));
      }
      assertEquals("GET /this HTTP/1.1\r\n\r\n is input", text.toString());
    }
  }

  @Test
  void attachWithoutUpgradeIsAPlain200() throws Exception {
    String id = interactive(true);
    try (RawClient client = test.client()) {
      client.send(
          "POST /containers/"
              + id
              + "/attach?stream=1&stdin=1&stdout=1 HTTP/1.1\r\nHost: x\r\n\r\n");
      Head head = client.head();
      assertEquals("HTTP/1.1 200 OK", head.line());
      assertNull(head.headers().get("content-length"));
      assertNull(head.headers().get("transfer-encoding"));
      test.call("POST", "/containers/" + id + "/start");
      client.send("raw");
      assertEquals("raw", new String(client.bytes(3)));
    }
    Eventually.holds("detached", () -> test.engine.process(id).attached.get() == 0);
  }

  @Test
  void attachReplaysTheLogFirst() throws Exception {
    String id = test.create("{\"Image\":\"fake\",\"Cmd\":[\"sleep\"]}");
    test.call("POST", "/containers/" + id + "/start");
    test.engine.process(id).print(OutputStreamKind.STDERR, "before\n");
    try (RawClient client = test.client()) {
      client.send("POST /containers/" + id + "/attach?logs=1&stream=1&stdout=1&stderr=1" + UPGRADE);
      assertEquals(101, client.head().status());
      assertEquals("2:before\n", client.frame());
      Eventually.holds("attached", () -> test.engine.process(id).attached.get() == 1);
      test.engine.process(id).print(OutputStreamKind.STDOUT, "after\n");
      assertEquals("1:after\n", client.frame());
    }
  }

  /** However slow: what came in one piece with the head would be lost to docker-py. */
  @Test
  void aClientThatIsSlowReadsTheHeadAlone() throws Exception {
    String id = interactive(true);
    try (RawClient client = test.client()) {
      client.send("POST /containers/" + id + "/attach?stream=1&stdin=1&stdout=1" + UPGRADE);
      Eventually.holds("attached", () -> test.engine.process(id).attached.get() == 1);
      test.call("POST", "/containers/" + id + "/start");
      FutureTask<Boolean> printed =
          new FutureTask<>(
              () -> {
                test.engine.process(id).print(OutputStreamKind.STDOUT, "out");
                return true;
              });
      new Thread(printed).start();
      Thread.sleep(200); // the client is elsewhere
      assertFalse(printed.isDone());
      String head = client.piece();
      assertTrue(head.endsWith("\r\n\r\n"), head);
      assertEquals("out", client.piece());
    }
  }

  /** Also where the connection is not taken over yet when the first of it is written. */
  @Test
  void whatTheLogReplaysComesBehindTheHead() throws Exception {
    String id = interactive(true);
    test.call("POST", "/containers/" + id + "/start");
    test.engine.process(id).print(OutputStreamKind.STDOUT, "before");
    for (int i = 0; i < 20; i++) {
      try (RawClient client = test.client()) {
        client.send("POST /containers/" + id + "/attach?logs=1&stream=1&stdout=1" + UPGRADE);
        Thread.sleep(5);
        String head = client.piece();
        assertTrue(head.endsWith("\r\n\r\n"), head);
        assertEquals("before", client.piece());
      }
    }
  }

  @Test
  void detachKeysLeaveTheTerminal() throws Exception {
    String id = interactive(true);
    try (RawClient client = test.client()) {
      client.send(
          "POST /containers/"
              + id
              + "/attach?stream=1&stdin=1&stdout=1&detachKeys=ctrl-x,y"
              + UPGRADE);
      client.head();
      test.call("POST", "/containers/" + id + "/start");
      client.send("a\u0018b");
      assertEquals("a\u0018b", new String(client.bytes(3)));
      client.send("\u0018y");
      assertEquals("", client.rest());
    }
    Eventually.holds("detached", () -> test.engine.process(id).attached.get() == 0);
    assertEquals(false, test.engine.process(id).exit.isDone());
  }

  @Test
  void refusedAttachIsAnAnswerAndTheConnectionGoesOn() throws Exception {
    try (RawClient client = test.client()) {
      client.send(
          "POST /containers/nobody/attach?stream=1"
              + UPGRADE
              + "GET /_ping HTTP/1.1\r\nHost: x\r\n\r\n");
      Answer refusal = client.answer();
      assertEquals(404, refusal.status());
      assertEquals("{\"message\":\"No such container: nobody\"}", refusal.body());
      assertEquals("OK", client.answer().body());
    }
  }

  @Test
  void aClientThatDiesBehindItsEndOfInputIsNoticed() throws Exception {
    String id = test.create("{\"Image\":\"fake\",\"Cmd\":[\"sleep\"]}");
    test.call("POST", "/containers/" + id + "/start");
    RawClient client = test.client();
    client.send("POST /containers/" + id + "/attach?stream=1&stdout=1" + UPGRADE).head();
    client.halfClose();
    assertEquals(1, test.engine.process(id).attached.get());
    client.close();
    Eventually.holds("detached", () -> test.engine.process(id).attached.get() == 0);
  }

  /** A client that has no input says so at once: what it is owed must not fit into its socket. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void slowReaderStopsTheProcessAndNobodyElse(boolean inputEnded) throws Exception {
    String id = test.create("{\"Image\":\"fake\",\"Cmd\":[\"flood\",\"640\"]}");
    try (RawClient client = test.client()) {
      client.send("POST /containers/" + id + "/attach?stream=1&stdout=1" + UPGRADE).head();
      if (inputEnded) {
        client.halfClose();
      }
      test.call("POST", "/containers/" + id + "/start");
      // 40 MiB don't fit into any socket buffer: it can't end before somebody reads.
      assertEquals(200, test.call("GET", "/_ping"));
      assertEquals(false, test.engine.process(id).exit.isDone());
      long total = 0;
      while (total < 640L * 65_536) {
        total += client.frame().length() - 2;
      }
      assertEquals(640L * 65_536, total);
      assertEquals("", client.rest());
      assertEquals(0, test.engine.process(id).exit.get(20, TimeUnit.SECONDS));
    }
  }

  @Test
  void processThatDoesNotReadStopsItsClient() throws Exception {
    String id =
        test.create(
            "{\"Image\":\"fake\",\"Cmd\":[\"sleep\"],\"OpenStdin\":true,\"AttachStdin\":true}");
    test.call("POST", "/containers/" + id + "/start");
    try (RawClient client = test.client()) {
      client.send("POST /containers/" + id + "/attach?stream=1&stdin=1" + UPGRADE).head();
      client.channel.configureBlocking(false);
      java.nio.ByteBuffer block = java.nio.ByteBuffer.allocate(65_536);
      long[] sent = {0};
      long[] idle = {0};
      Eventually.holds(
          "the client can't write any more",
          () -> {
            try {
              int count = client.channel.write(block.clear());
              sent[0] += count;
              idle[0] = count == 0 ? idle[0] + 1 : 0;
              return idle[0] > 100;
            } catch (java.io.IOException e) {
              throw new java.io.UncheckedIOException(e);
            }
          });
      assertTrue(sent[0] < 8 << 20, "taken: " + sent[0]);
    }
  }

  @Test
  void waitSendsItsHeadersAtOnce() throws Exception {
    String id = test.create("{\"Image\":\"fake\",\"Cmd\":[\"exit\",\"5\"]}");
    try (RawClient client = test.client()) {
      client.send(
          "POST /containers/" + id + "/wait?condition=next-exit HTTP/1.1\r\nHost: x\r\n\r\n");
      assertEquals(200, client.head().status());
      test.call("POST", "/containers/" + id + "/start");
      assertEquals("{\"StatusCode\":5}", client.chunk());
      assertEquals("", client.chunk());
      assertEquals(404, client.post("/containers/nobody/wait", "").answer().status());
      assertEquals(
          400, client.post("/containers/" + id + "/wait?condition=x", "").answer().status());
      assertEquals(304, client.post("/containers/" + id + "/stop", "").answer().status());
      assertEquals("OK", client.get("/_ping").answer().body());
    }
  }

  @Test
  void logsAreFramedStampedAndFollowed() throws Exception {
    String id = test.create("{\"Image\":\"fake\",\"Cmd\":[\"both\"]}");
    test.call("POST", "/containers/" + id + "/start");
    test.engine.process(id).exit.get(20, TimeUnit.SECONDS);
    try (RawClient client = test.client()) {
      Answer logs = client.get("/containers/" + id + "/logs?stdout=1&stderr=1").answer();
      assertEquals(
          "application/vnd.docker.multiplexed-stream", logs.head().headers().get("content-type"));
      assertEquals("\1\0\0\0\0\0\0\12to stdout\n\2\0\0\0\0\0\0\12to stderr\n", logs.body());
      String stamped =
          client.get("/containers/" + id + "/logs?stderr=1&tail=1&timestamps=1").answer().body();
      assertTrue(
          stamped.substring(8).matches("\\d{4}-\\d\\d-\\d\\dT[0-9:]{8}\\.\\d{9}Z to stderr\n"),
          stamped);
      assertEquals(400, client.get("/containers/" + id + "/logs").answer().status());
    }
    String slow = test.create("{\"Image\":\"fake\",\"Cmd\":[\"sleep\"],\"Tty\":true}");
    test.call("POST", "/containers/" + slow + "/start");
    try (RawClient client = test.client()) {
      client.get("/containers/" + slow + "/logs?stdout=1&follow=1").head();
      test.engine.process(slow).print(OutputStreamKind.STDOUT, "one\n");
      assertEquals("one\n", client.chunk());
      test.engine.process(slow).print(OutputStreamKind.STDOUT, "two\n");
      assertEquals("two\n", client.chunk());
      test.call("POST", "/containers/" + slow + "/kill");
      assertEquals("", client.chunk());
    }
  }

  @Test
  void outputComesBehindTheHeadOfTheAnswerAndNotWithIt() throws Exception {
    String id = test.create("{\"Image\":\"fake\",\"Cmd\":[\"sleep\"]}");
    assertEquals(204, test.call("POST", "/containers/" + id + "/start"));
    for (int round = 0; round < 20; round++) {
      String exec;
      try (RawClient client = test.client()) {
        exec =
            client
                .post(
                    "/containers/" + id + "/exec",
                    "{\"Cmd\":[\"echo\",\"out\"],\"AttachStdout\":true}")
                .answer()
                .body()
                .substring(7, 71);
      }
      try (RawClient client = test.client()) {
        client.post("/exec/" + exec + "/start", "{}");
        String piece = client.piece();
        assertTrue(piece.startsWith("HTTP/1.1 200 OK"), piece);
        assertTrue(piece.endsWith("\r\n\r\n"), piece);
        assertTrue(client.rest().endsWith("out\n"));
      }
    }
  }

  @Test
  void anExecsOutputIsFramedUnlessItsStartSaysTty() throws Exception {
    String id = test.create("{\"Image\":\"fake\",\"Cmd\":[\"sleep\"]}");
    test.call("POST", "/containers/" + id + "/start");
    String terminal = "{\"Cmd\":[\"echo\",\"hi\"],\"AttachStdout\":true,\"Tty\":true}";
    try (RawClient client = test.client()) {
      String exec =
          client.post("/containers/" + id + "/exec", terminal).answer().body().substring(7, 71);
      client.post("/exec/" + exec + "/start", "{}").head();
      assertEquals("1:hi\n", client.frame());
      assertEquals("", client.rest());
    }
    try (RawClient client = test.client()) {
      String exec =
          client.post("/containers/" + id + "/exec", terminal).answer().body().substring(7, 71);
      client.post("/exec/" + exec + "/start", "{\"Tty\":true}").head();
      assertEquals("hi\n", client.rest());
    }
  }

  @Test
  void execStreamsAndTellsItsExitCode() throws Exception {
    String id = test.create("{\"Image\":\"fake\",\"Cmd\":[\"sleep\"]}");
    test.call("POST", "/containers/" + id + "/start");
    try (RawClient client = test.client()) {
      String exec =
          client
              .post(
                  "/containers/" + id + "/exec",
                  "{\"Cmd\":[\"cat\"],\"AttachStdin\":true,\"AttachStdout\":true,\"AttachStderr\":true}")
              .answer()
              .body()
              .substring(7, 71);
      client.send(
          "POST /exec/"
              + exec
              + "/start HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
              + "Connection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: 28\r\n\r\n"
              + "{\"Detach\":false,\"Tty\":false} early");
      assertEquals(101, client.head().status());
      assertEquals("1: early", client.frame());
      client.halfClose();
      assertEquals("2:eof\n", client.frame());
      assertEquals("", client.rest());
      Eventually.holds(
          "exit code",
          () -> {
            try (RawClient other = test.client()) {
              return other
                  .get("/exec/" + exec + "/json")
                  .answer()
                  .body()
                  .contains("\"ExitCode\":7");
            } catch (java.io.IOException e) {
              throw new java.io.UncheckedIOException(e);
            }
          });
    }
  }

  @Test
  void detachedExecKeepsTheConnection() throws Exception {
    String id = test.create("{\"Image\":\"fake\",\"Cmd\":[\"sleep\"]}");
    test.call("POST", "/containers/" + id + "/start");
    try (RawClient client = test.client()) {
      String exec =
          client
              .post("/containers/" + id + "/exec", "{\"Cmd\":[\"echo\"]}")
              .answer()
              .body()
              .substring(7, 71);
      assertEquals(
          200, client.post("/exec/" + exec + "/start", "{\"Detach\":true}").answer().status());
      assertEquals(200, client.post("/exec/" + exec + "/resize?h=20&w=100", "").answer().status());
      assertEquals(new ConsoleSize(20, 100), test.engine.size);
      assertEquals("OK", client.get("/_ping").answer().body());
    }
  }
}
