package dev.felucca.rest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.felucca.kernel.isolation.OutputStreamKind;
import dev.felucca.rest.RawClient.Answer;
import dev.felucca.rest.RawClient.Head;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(60)
class WebSocketTest {
  private static final int TEXT = 1;
  private static final int BINARY = 2;
  private static final int CLOSE = 8;
  private static final int PING = 9;
  private static final int PONG = 10;

  /** The example of RFC 6455. */
  private static final String UPGRADE =
      " HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n"
          + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
          + "Sec-WebSocket-Protocol: chat, superchat\r\n\r\n";

  private static final String ALL = "/attach/ws?stream=1&stdin=1&stdout=1&stderr=1";
  @RegisterExtension final TestEngine test = new TestEngine();

  private String interactive() throws Exception {
    return test.create(
        "{\"Image\":\"fake\",\"Cmd\":[\"cat\"],\"OpenStdin\":true,\"StdinOnce\":true}");
  }

  /** As a client sends it: masked. */
  private static String frame(int kind, String text) {
    StringBuilder frame = new StringBuilder();
    frame.append((char) (0x80 | kind)).append((char) (0x80 | text.length())).append("\1\2\3\4");
    for (int i = 0; i < text.length(); i++) {
      frame.append((char) (text.charAt(i) ^ (1 + i % 4)));
    }
    return frame.toString();
  }

  /** Its kind, a colon and what it carries. */
  private static String frame(RawClient client) throws Exception {
    byte[] header = client.bytes(2);
    assertEquals(0x80, header[0] & 0xf0, "a whole message");
    return (header[0] & 0xf)
        + ":"
        + new String(client.bytes(header[1]), StandardCharsets.ISO_8859_1);
  }

  @Test
  void attachesByFramesAndAClientsCloseIsTheEndOfItsInput() throws Exception {
    String id = interactive();
    try (RawClient client = test.client()) {
      client.send("GET /v1.50/containers/" + id + ALL + UPGRADE + frame(BINARY, "early "));
      Head head = client.head();
      assertEquals("HTTP/1.1 101 Switching Protocols", head.line());
      assertEquals("websocket", head.headers().get("upgrade"));
      assertEquals("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", head.headers().get("sec-websocket-accept"));
      assertEquals("chat", head.headers().get("sec-websocket-protocol"));
      test.call("POST", "/containers/" + id + "/start");
      assertEquals(BINARY + ":early ", frame(client));
      client.send(frame(TEXT, "hello\n"));
      assertEquals(BINARY + ":hello\n", frame(client));
      client.send(frame(PING, "there?"));
      assertEquals(PONG + ":there?", frame(client));
      client.send(frame(CLOSE, "\3\350bye"));
      assertEquals(CLOSE + ":\3\350bye", frame(client));
      assertEquals("", client.rest());
    }
    Eventually.holds("the process saw the end of its input", () -> state(id).contains("exited"));
  }

  private String state(String id) {
    try (RawClient client = test.client()) {
      return client.get("/containers/" + id + "/json").answer().body();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void theEndOfTheProcessClosesPolitely() throws Exception {
    String id = test.create("{\"Image\":\"fake\",\"Cmd\":[\"echo\",\"done\"]}");
    try (RawClient client = test.client()) {
      client.send("GET /v1.27/containers/" + id + "/attach/ws?stream=1" + UPGRADE);
      client.head();
      test.call("POST", "/containers/" + id + "/start");
      assertEquals(TEXT + ":done\n", frame(client));
      assertEquals(CLOSE + ":\3\350", frame(client));
      assertEquals("", client.rest());
    }
  }

  /** Also where the connection is not taken over yet when the first of it is written. */
  @Test
  void whatTheLogReplaysIsFramed() throws Exception {
    String id = interactive();
    test.call("POST", "/containers/" + id + "/start");
    test.engine.process(id).print(OutputStreamKind.STDOUT, "before");
    for (int i = 0; i < 20; i++) {
      try (RawClient client = test.client()) {
        client.send("GET /containers/" + id + "/attach/ws?logs=1&stream=1&stdout=1" + UPGRADE);
        client.head();
        assertEquals(BINARY + ":before", frame(client));
      }
    }
  }

  @Test
  void refusesWhatIsNoHandshake() throws Exception {
    String id = interactive();
    try (RawClient client = test.client()) {
      Answer plain = client.get("/containers/" + id + ALL).answer();
      assertEquals(400, plain.status());
      assertTrue(plain.body().contains("not websocket protocol"), plain.body());
      client.send("GET /containers/" + id + ALL + UPGRADE.replace("Version: 13", "Version: 8"));
      assertEquals(400, client.answer().status());
      client.send("GET /containers/nobody" + ALL + UPGRADE);
      assertEquals(404, client.answer().status());
    }
  }
}
