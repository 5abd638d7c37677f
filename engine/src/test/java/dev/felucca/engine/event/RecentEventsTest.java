package dev.felucca.engine.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.event.Event;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class RecentEventsTest {
  private final RecentEvents events = new RecentEvents();
  private final Instant begin = Instant.now();

  @AfterEach
  void end() {
    events.close();
  }

  private void publish(String type, String action, Map<String, String> attributes) {
    events.publish(new Event(type, action, "0123", attributes, Instant.now()));
  }

  /** What a listener hears of what was and what is until now. */
  private List<String> heard(Map<String, List<String>> filters) throws Exception {
    List<String> heard = new CopyOnWriteArrayList<>();
    CountDownLatch ended = new CountDownLatch(1);
    events.subscribe(
        begin, Instant.now(), filters, event -> heard.add(event.action()), ended::countDown);
    assertTrue(ended.await(10, TimeUnit.SECONDS));
    return heard;
  }

  @Test
  void whatWasIsToldInOrderBeforeWhatComes() throws Exception {
    IntStream.range(0, 50).forEach(n -> publish("container", "a" + n, Map.of()));
    List<String> heard = new CopyOnWriteArrayList<>();
    CountDownLatch all = new CountDownLatch(100);
    events.subscribe(
        begin,
        null,
        Map.of(),
        event -> {
          heard.add(event.action());
          all.countDown();
        },
        () -> {});
    IntStream.range(50, 100).forEach(n -> publish("container", "a" + n, Map.of()));
    assertTrue(all.await(10, TimeUnit.SECONDS));
    assertEquals(IntStream.range(0, 100).mapToObj(n -> "a" + n).toList(), heard);
  }

  @Test
  void onlyTheLastThousandAreKept() throws Exception {
    IntStream.range(0, 1500).forEach(n -> publish("container", "a" + n, Map.of()));
    List<String> heard = heard(Map.of());
    assertEquals(1000, heard.size());
    assertEquals("a500", heard.get(0));
  }

  @Test
  void filtersAreDockers() throws Exception {
    publish("container", "start", Map.of("image", "busybox:1", "name", "c1", "tier", "web"));
    publish("container", "exec_start: ls", Map.of("image", "other", "name", "c2"));
    publish("network", "connect", Map.of("name", "bridge", "container", "c1"));
    assertEquals(List.of("start", "exec_start: ls"), heard(Map.of("type", List.of("container"))));
    assertEquals(List.of("exec_start: ls"), heard(Map.of("event", List.of("exec_start"))));
    assertEquals(List.of("start"), heard(Map.of("container", List.of("c1"))));
    assertEquals(List.of("start"), heard(Map.of("image", List.of("busybox"))));
    assertEquals(List.of("start"), heard(Map.of("label", List.of("tier=web"))));
    assertEquals(List.of("start", "connect"), heard(Map.of("event", List.of("start", "connect"))));
    assertEquals(List.of(), heard(Map.of("event", List.of("start"), "type", List.of("network"))));
    EngineException e =
        assertThrows(EngineException.class, () -> heard(Map.of("colour", List.of("red"))));
    assertEquals(EngineException.Kind.INVALID, e.kind());
  }

  @Test
  void aListenerThatHangsHoldsNobody() throws Exception {
    CountDownLatch hang = new CountDownLatch(1);
    events.subscribe(
        null,
        null,
        Map.of(),
        event -> {
          try {
            hang.await();
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        },
        () -> {});
    publish("container", "one", Map.of());
    publish("container", "two", Map.of());
    assertEquals(List.of("one", "two"), heard(Map.of()));
    hang.countDown();
  }

  @Test
  void oneThatThrowsIsDroppedAndTheOthersGoOn() throws Exception {
    CountDownLatch thrown = new CountDownLatch(1);
    events.subscribe(
        null,
        null,
        Map.of(),
        event -> {
          thrown.countDown();
          throw new IllegalStateException("no");
        },
        () -> {});
    publish("container", "one", Map.of());
    assertTrue(thrown.await(10, TimeUnit.SECONDS));
    publish("container", "two", Map.of());
    assertEquals(List.of("one", "two"), heard(Map.of()));
  }
}
