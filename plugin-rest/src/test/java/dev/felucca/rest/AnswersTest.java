package dev.felucca.rest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.felucca.kernel.event.Event;
import dev.felucca.rest.RawClient.Answer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(60)
class AnswersTest {
  @RegisterExtension final TestEngine test = new TestEngine();

  @Test
  void twoThousandEventStreamsAllHear() throws Exception {
    List<RawClient> clients = new ArrayList<>();
    int threads = Thread.activeCount();
    try {
      for (int i = 0; i < 2000; i++) {
        clients.add(test.client().get("/events?filters=%7B%22type%22%3A%5B%22volume%22%5D%7D"));
      }
      for (RawClient client : clients) {
        assertEquals(200, client.head().status());
      }
      assertEquals(2000, test.events.listeners());
      assertTrue(Thread.activeCount() < threads + 40, "threads: " + Thread.activeCount());
      test.events.publish(
          new Event(
              "volume", "create", "v", Map.of("driver", "local"), Instant.ofEpochSecond(5, 7)));
      for (RawClient client : clients) {
        assertEquals(
            "{\"Type\":\"volume\",\"Action\":\"create\",\"Actor\":{\"ID\":\"v\",\"Attributes\":"
                + "{\"driver\":\"local\"}},\"scope\":\"local\",\"time\":5,\"timeNano\":5000000007}\n",
            client.chunk());
      }
    } finally {
      for (RawClient client : clients) {
        client.close();
      }
    }
    Eventually.holds("all unsubscribed", () -> test.events.listeners() == 0);
    Eventually.holds("all closed", () -> test.connections() == 1);
  }

  @Test
  void whoLeavesBeforeTheAnswerHoldsNoConnection() throws Exception {
    test.create("{\"Image\":\"fake\",\"Cmd\":[\"cat\"],\"OpenStdin\":true}");
    String id =
        test.client()
            .get("/containers/json?all=1")
            .answer()
            .body()
            .replaceFirst(".*?\"Id\":\"([0-9a-f]+).*", "$1");
    test.client().post("/containers/" + id + "/start", "").answer();
    int before = test.connections();
    for (String asked :
        List.of(
            "GET /containers/" + id + "/stats?stream=0",
            "PUT /containers/" + id + "/archive?path=/",
            "POST /images/create?fromSrc=-")) {
      String body = asked.startsWith("GET") ? "" : "Transfer-Encoding: chunked\r\n";
      for (boolean half : new boolean[] {true, false}) {
        RawClient client = test.client();
        client.send(
            asked
                + " HTTP/1.1\r\nHost: x\r\n"
                + body
                + "\r\n"
                + (body.isEmpty() ? "" : "4\r\nabcd\r\n"));
        if (half) {
          client.halfClose();
        }
        client.close();
      }
    }
    Eventually.holds("all closed", () -> test.connections() == before);
  }

  @Test
  void eventsEndAtUntilAndRefuseUnknownFilters() throws Exception {
    test.create("{\"Image\":\"fake\",\"Cmd\":[\"echo\"]}");
    try (RawClient client = test.client()) {
      Answer past =
          client.get("/events?since=1.5&until=" + Instant.now().getEpochSecond()).answer();
      assertTrue(past.body().startsWith("{\"status\":\"create\",\"id\":\""), past.body());
      assertEquals(
          400, client.get("/events?filters=%7B%22x%22%3A%5B%22y%22%5D%7D").answer().status());
      assertEquals(400, client.get("/events?since=5&until=4").answer().status());
      assertEquals(400, client.get("/events?since=yesterday").answer().status());
    }
  }

  @Test
  void pullTellsItsErrorsByStatusOrInTheStream() throws Exception {
    try (RawClient client = test.client()) {
      assertEquals(404, client.post("/images/create?fromImage=nosuch&tag=1", "").answer().status());
      Answer broken = client.post("/images/create?fromImage=fake&tag=broken", "").answer();
      assertEquals(200, broken.status());
      assertTrue(
          broken
              .body()
              .endsWith(
                  "{\"errorDetail\":{\"message\":\"layer 0123456789ab: wrong digest\"},"
                      + "\"error\":\"layer 0123456789ab: wrong digest\"}\r\n"),
          broken.body());
      Answer good =
          client
              .send(
                  "POST /images/create?fromImage=127.0.0.1:5000/a/fake&tag=1 HTTP/1.1\r\nHost: x\r\n"
                      + "X-Registry-Auth: eyJ1c2VybmFtZSI6ImpvZSIsInBhc3N3b3JkIjoieCJ9\r\n\r\n")
              .answer();
      assertTrue(
          good.body()
              .startsWith(
                  "{\"status\":\"Pulling from a/fake\",\"progressDetail\":{},\"id\":\"1\"}\r\n"),
          good.body());
      assertTrue(good.body().lines().count() < 50, "bars are thinned out");
      assertEquals("joe", test.images.pulled.credentials().username());
    }
  }

  @Test
  void clientThatLeavesCancelsItsPull() throws Exception {
    RawClient client = test.client();
    client.post("/images/create?fromImage=fake&tag=hang", "").head();
    client.close();
    assertTrue(test.images.interrupted.await(20, TimeUnit.SECONDS));
  }

  @Test
  void statsHaveTwoReadings() throws Exception {
    String id = test.create("{\"Image\":\"fake\",\"Cmd\":[\"sleep\"]}");
    try (RawClient client = test.client()) {
      Answer stopped = client.get("/containers/" + id + "/stats?stream=0").answer();
      assertTrue(stopped.body().contains("\"read\":\"0001-01-01T00:00:00Z\""), stopped.body());
      test.call("POST", "/containers/" + id + "/start");
      String body = client.get("/containers/" + id + "/stats?stream=0").answer().body();
      assertTrue(body.contains("\"online_cpus\""), body);
      assertTrue(!body.contains("\"preread\":\"0001"), body);
      client.get("/containers/" + id + "/stats").head();
      assertTrue(client.chunk().contains("\"preread\":\"0001"));
      String second = client.chunk();
      assertTrue(!second.contains("\"preread\":\"0001") && second.endsWith("}\n"), second);
    }
  }

  @Test
  void topHasPsColumns() throws Exception {
    String id = test.create("{\"Image\":\"fake\",\"Cmd\":[\"sleep\"]}");
    try (RawClient client = test.client()) {
      String body = client.get("/containers/" + id + "/top").answer().body();
      assertTrue(
          body.startsWith(
              "{\"Titles\":[\"UID\",\"PID\",\"PPID\",\"C\",\"STIME\",\"TTY\",\"TIME\",\"CMD\"],"
                  + "\"Processes\":[[\"root\",\""),
          body);
      assertTrue(body.endsWith("\"java -jar x.jar\"]]}"), body);
      assertTrue(
          client
              .get("/containers/" + id + "/top?ps_args=-o%20pid,comm")
              .answer()
              .body()
              .startsWith("{\"Titles\":[\"PID\",\"COMMAND\"]"));
      assertEquals(
          400, client.get("/containers/" + id + "/top?ps_args=-o%20nope").answer().status());
    }
  }
}
