package dev.felucca.registry.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.felucca.kernel.image.ImageReference;
import dev.felucca.kernel.transport.RegistryTransport;
import dev.felucca.tck.transport.FakeRegistry;
import dev.felucca.tck.transport.RegistryTransportContract;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RegistryClientTest extends RegistryTransportContract {
  private static final RegistrySettings QUICK =
      new RegistrySettings(
          Set.of(), Duration.ofSeconds(2), Duration.ofSeconds(1), 4, Duration.ofMillis(20));

  @Override
  protected RegistryTransport create() {
    return new RegistryClient(QUICK, "0.1");
  }

  @Test
  void itSaysWhoItIs() throws IOException {
    try (FakeRegistry registry = new FakeRegistry();
        RegistryClient client = new RegistryClient(QUICK, "0.1")) {
      registry.manifest("app", "v1", "x", "{}");
      client.tags(ImageReference.parse(registry.address() + "/app"), null);
      registry.seen().forEach(seen -> assertEquals("felucca/0.1", seen.header("User-Agent")));
      assertFalse(registry.seen().isEmpty());
    }
  }

  @Test
  void plainHttpIsForLoopbackAndWhatIsConfigured() {
    RegistrySettings settings =
        new RegistrySettings(
            Set.of("mine.example", "other.example:5000"),
            Duration.ZERO,
            Duration.ZERO,
            1,
            Duration.ZERO);
    for (String yes :
        List.of(
            "127.0.0.1",
            "127.1.2.3:5000",
            "localhost:80",
            "[::1]:5000",
            "mine.example",
            "mine.example:81",
            "other.example:5000")) {
      assertTrue(settings.plainAllowed(yes), yes);
    }
    for (String no :
        List.of(
            "docker.io",
            "128.0.0.1",
            "127.0.0.1.example",
            "localhost.example",
            "other.example",
            "other.example:5001")) {
      assertFalse(settings.plainAllowed(no), no);
    }
  }

  @Test
  void challengesAreReadWithAllTheirParameters() {
    List<Challenge> found =
        Challenge.parse(
            List.of(
                "Bearer realm=\"https://a.example/t,x\",service=b, scope=\"repository:c/d:pull,push\"",
                "Basic realm=\"say \\\"hi\\\"\", Digest"));
    assertEquals(
        List.of(
            new Challenge(
                "bearer",
                Map.of(
                    "realm", "https://a.example/t,x",
                    "service", "b",
                    "scope", "repository:c/d:pull,push")),
            new Challenge("basic", Map.of("realm", "say \"hi\"")),
            new Challenge("digest", Map.of())),
        found);
  }
}
