package dev.felucca.rest;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.felucca.rest.RawClient.Answer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(30)
class ProtocolTest {
  @RegisterExtension final TestEngine test = new TestEngine(400);

  private Answer get(String path) throws Exception {
    try (RawClient client = test.client()) {
      return client.get(path).answer();
    }
  }

  @Test
  void aRefusalIsOneLineWhateverItQuotes() throws Exception {
    Answer refusal = get("/events?since=%0Aa%0D%0A%20b");
    assertEquals(400, refusal.status());
    assertFalse(refusal.body().contains("\\n"), refusal.body());
  }

  @Test
  void theBuildAndTheFirewallAreTold() throws Exception {
    String version = get("/version").body();
    assertTrue(version.contains("\"GitCommit\":\"0123456789ab\""), version);
    assertTrue(version.contains("\"BuildTime\":\"2026-02-03T04:05:06.000000000+00:00\""), version);
    String info = get("/info").body();
    assertTrue(
        info.contains(
            "\"FirewallBackend\":{\"Driver\":\"nftables\",\"Info\":[[\"Table\",\"felucca\"]]}"),
        info);
    assertTrue(
        info.contains("\"DefaultAddressPools\":[{\"Base\":\"10.10.0.0/16\",\"Size\":24}]"), info);
    assertFalse(get("/v1.48/info").body().contains("FirewallBackend"));
  }

  /** Docker's for those who ask for at least some version of it, and ours for those who look. */
  @Test
  void theDockerThatIsFollowedIsTheVersionAndTheEnginesOwnIsItsComponents() throws Exception {
    String version = get("/version").body();
    assertTrue(version.contains("{\"Name\":\"Engine\",\"Version\":\"0.1.0\","), version);
    assertTrue(version.contains("],\"Version\":\"28.5.2+felucca\","), version);
    assertTrue(get("/info").body().contains("\"ServerVersion\":\"0.1.0\""));
  }

  @Test
  void pingNamesVersionsAndSystem() throws Exception {
    Answer ping = get("/_ping");
    assertEquals(200, ping.status());
    assertEquals("OK", ping.body());
    assertEquals("1.50", ping.head().headers().get("api-version"));
    assertEquals("linux", ping.head().headers().get("ostype"));
    assertEquals("1", ping.head().headers().get("builder-version"));
    assertEquals("inactive", ping.head().headers().get("swarm"));
    assertEquals("false", ping.head().headers().get("docker-experimental"));
  }

  @Test
  void headHasNoBodyAndTheConnectionGoesOn() throws Exception {
    try (RawClient client = test.client()) {
      client.send("HEAD /v1.41/_ping HTTP/1.1\r\nHost: x\r\n\r\n");
      assertEquals(200, client.head().status());
      assertEquals("OK", client.get("/_ping").answer().body());
      client.send("HEAD /nowhere HTTP/1.1\r\nHost: x\r\n\r\n");
      assertEquals(404, client.head().status());
      assertEquals("OK", client.get("/_ping").answer().body());
    }
  }

  @Test
  void versionsOutsideTheRangeAreRefusedInDockersWords() throws Exception {
    Answer tooNew = get("/v1.60/version");
    assertEquals(400, tooNew.status());
    assertEquals(
        "{\"message\":\"client version 1.60 is too new. Maximum supported API version is 1.50\"}",
        tooNew.body());
    assertEquals(
        "{\"message\":\"client version 1.23 is too old. Minimum supported API version is 1.24,"
            + " please upgrade your client to a newer version\"}",
        get("/v1.23/version").body());
    assertEquals(400, get("/v1.41.1/version").status());
    assertEquals(400, get("/v1..1/version").status());
    assertEquals(200, get("/v1.24/version").status());
    assertEquals(200, get("/version").status());
  }

  @Test
  void unknownRoutesAndMethodsAreNotFound() throws Exception {
    assertEquals("{\"message\":\"page not found\"}", get("/v1.41/nowhere").body());
    try (RawClient client = test.client()) {
      assertEquals(404, client.post("/version", "{}").answer().status());
    }
  }

  @Test
  void whatIsNotSupportedSaysSo() throws Exception {
    assertEquals(503, get("/v1.41/services").status());
    assertTrue(get("/v1.41/nodes/x").body().contains("This node is not a swarm manager."));
  }

  @Test
  void missingServiceIsUnavailableAndNamed() throws Exception {
    test.services.containerQueries = null;
    Answer answer = get("/containers/json");
    assertEquals(503, answer.status());
    assertTrue(answer.body().contains("ContainerQueries"), answer.body());
  }

  /** The kernel, whose text ends there, must not be the first to look. */
  @Test
  void aNulIsTheClientsFault() throws Exception {
    try (RawClient client = test.client()) {
      for (String body :
          new String[] {
            "{\"WorkingDir\":\"/a\\u0000\"}",
            "{\"Labels\":{\"a\\u0000\":\"\"}}",
            "{\"HostConfig\":{\"Binds\":[\"/a:/b\\u0000\"]}}"
          }) {
        Answer answer = client.post("/containers/create", body).answer();
        assertEquals(400, answer.status());
        assertTrue(answer.body().contains("text with a NUL in it"), answer.body());
      }
      assertEquals(400, client.get("/containers/a%00/json").answer().status());
      assertEquals(400, client.get("/containers/json?limit=%00").answer().status());
    }
  }

  @Test
  void malformedJsonIsTheClientsFault() throws Exception {
    try (RawClient client = test.client()) {
      assertTrue(
          client
              .post("/containers/create", "{\"Image\":")
              .answer()
              .body()
              .contains("invalid JSON"));
      Answer mismatch = client.post("/containers/create", "{\"Tty\":\"yes\"}").answer();
      assertEquals(400, mismatch.status());
      assertTrue(mismatch.body().contains("cannot unmarshal string"), mismatch.body());
      assertEquals(400, client.post("/containers/create", "{} {}").answer().status());
      for (String rate :
          new String[] {"-1", "9223372036854775808", "1.5", "null}, {\"Rate\": []"}) {
        Answer unsigned =
            client
                .post(
                    "/containers/create",
                    "{\"Image\":\"fake\",\"HostConfig\":{\"BlkioDeviceReadBps\":[{\"Rate\":"
                        + rate
                        + "}]}}")
                .answer();
        assertEquals(400, unsigned.status(), rate);
        assertTrue(unsigned.body().contains("cannot unmarshal"), unsigned.body());
      }
      assertEquals(400, client.post("/containers/create", "").answer().status());
      client.send(
          "POST /containers/create HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\n"
              + "Content-Length: 2\r\n\r\n{}");
      assertTrue(client.answer().body().contains("unsupported Content-Type"));
    }
  }

  @Test
  void requestsSentAheadAreAnsweredInOrder() throws Exception {
    try (RawClient client = test.client()) {
      StringBuilder all = new StringBuilder();
      for (int i = 0; i < 200; i++) {
        all.append("GET ")
            .append(i % 2 == 0 ? "/_ping" : "/nowhere")
            .append(" HTTP/1.1\r\nHost: x\r\n\r\n");
      }
      client.send(all.toString());
      for (int i = 0; i < 200; i++) {
        assertEquals(i % 2 == 0 ? 200 : 404, client.answer().status());
      }
    }
  }

  @Test
  void chunkedBodiesAndExpectationsAreRead() throws Exception {
    try (RawClient client = test.client()) {
      client.send(
          "POST /containers/create HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
              + "Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n");
      assertEquals(100, client.head().status());
      client.send("10\r\n{\"Image\":\"fake\",\r\nf\r\n\"Cmd\":[\"echo\"]}\r\n0\r\n\r\n");
      assertEquals(201, client.answer().status());
    }
  }

  @Test
  void bodiesAndHeadersBeyondTheLimitsAreRefused() throws Exception {
    try (RawClient client = test.client()) {
      client.send(
          "POST /containers/create HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\n");
      assertEquals(413, client.answer().status());
      assertEquals("", client.rest());
    }
    try (RawClient client = test.client()) {
      client.send("GET /_ping HTTP/1.1\r\nX: " + "y".repeat(200_000) + "\r\n\r\n");
      assertEquals(431, client.answer().status());
    }
    try (RawClient client = test.client()) {
      client.send("GET /" + "y".repeat(100_000) + " HTTP/1.1\r\n\r\n");
      assertEquals(414, client.answer().status());
    }
    try (RawClient client = test.client()) {
      client.send("\u0016\u0003\u0001 nonsense\r\n\r\n");
      assertEquals(400, client.answer().status());
    }
  }

  @Test
  void whatCameBeforeAMalformedRequestIsAnswered() throws Exception {
    try (RawClient client = test.client()) {
      client.send("GET /containers/json HTTP/1.1\r\nHost: x\r\n\r\nnonsense\r\n\r\n");
      assertEquals(200, client.answer().status());
      assertEquals(400, client.answer().status());
      assertEquals("", client.rest());
    }
  }

  @Test
  void bodiesWhoseEndNobodyCanTellAreRefused() throws Exception {
    String post = "POST /containers/create HTTP/1.1\r\nHost: x\r\n";
    refusedAndClosed(501, post + "Transfer-Encoding: gzip\r\n\r\nGET /_ping HTTP/1.1\r\n\r\n");
    refusedAndClosed(501, post + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n");
    refusedAndClosed(400, post + "Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n{}");
    refusedAndClosed(400, post + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}");
    refusedAndClosed(400, post + "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n");
    refusedAndClosed(505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    refusedAndClosed(417, post + "Expect: tea\r\nContent-Length: 2\r\n\r\n{}");
  }

  private void refusedAndClosed(int status, String request) throws Exception {
    try (RawClient client = test.client()) {
      Answer refusal = client.send(request).answer();
      assertEquals(status, refusal.status(), request);
      assertTrue(refusal.body().startsWith("{\"message\":\""), refusal.body());
      assertEquals("", client.rest(), request);
    }
  }

  @Test
  void anExpectationOfAnOldClientIsPassedOver() throws Exception {
    try (RawClient client = test.client()) {
      client.send(
          "POST /containers/create HTTP/1.0\r\nContent-Type: application/json\r\n"
              + "Expect: 100-continue\r\nContent-Length: 16\r\n\r\n{\"Image\":\"fake\"}");
      assertEquals(201, client.answer().status());
    }
  }

  @Test
  void namesMayComeUnescaped() throws Exception {
    String bytes = new String("/containers/é/json".getBytes(UTF_8), ISO_8859_1);
    assertEquals("{\"message\":\"No such container: é\"}", get(bytes).body());
  }

  @Test
  void badEscapesAndBadUtf8NameNothing() throws Exception {
    assertEquals(400, get("/containers/%zz/json").status());
    assertEquals(404, get("/containers/%ff%fe/json").status());
    assertEquals(404, get("/containers/a%2Fb/json").status());
  }

  @Test
  void slowHeadersAreCutAndIdleConnectionsAreNot() throws Exception {
    try (RawClient idle = test.client();
        RawClient slow = test.client()) {
      slow.send("GET /_ping HTT");
      assertEquals(408, slow.answer().status());
      assertEquals("", slow.rest());
      assertEquals("OK", idle.get("/_ping").answer().body());
    }
  }

  @Test
  void http10GetsAnAnswerWithoutChunks() throws Exception {
    try (RawClient client = test.client()) {
      String created =
          client
              .post("/containers/create", "{\"Image\":\"fake\",\"Cmd\":[\"exit\",\"3\"]}")
              .answer()
              .body();
      String id = created.substring(7, 71);
      client.send("POST /containers/" + id + "/wait HTTP/1.0\r\n\r\n");
      assertFalse(client.head().headers().containsKey("transfer-encoding"));
      assertEquals("{\"StatusCode\":0}", client.rest());
    }
  }

  @Test
  void aThousandIdleConnectionsDoNotDisturb() throws Exception {
    List<RawClient> idle = new ArrayList<>();
    try {
      for (int i = 0; i < 1000; i++) {
        idle.add(test.client());
      }
      assertEquals("OK", get("/_ping").body());
      assertEquals("OK", idle.get(500).get("/_ping").answer().body());
    } finally {
      for (RawClient client : idle) {
        client.close();
      }
    }
  }
}
