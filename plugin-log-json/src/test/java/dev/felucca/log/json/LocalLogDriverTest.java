package dev.felucca.log.json;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.log.LogDriver;
import dev.felucca.tck.log.LogDriverContract;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LocalLogDriverTest extends LogDriverContract {
  @Override
  protected LogDriver create() {
    return new LocalLogDriver();
  }

  @Override
  protected Map<String, String> rotatingOptions() {
    return Map.of("max-size", "32k", "max-file", "100");
  }

  @Test
  void eachOptionHasDockersDefault() {
    assertEquals(new JsonFileOptions(20 << 20, 5, true), LocalLogDriver.parse(Map.of()));
    assertEquals(
        new JsonFileOptions(1 << 10, 5, true), LocalLogDriver.parse(Map.of("max-size", "1k")));
    assertEquals(
        new JsonFileOptions(20 << 20, 1, false),
        LocalLogDriver.parse(Map.of("max-file", "1", "compress", "false")));
  }

  @Test
  void whatDockerRefusesIsRefused() {
    refused("compression cannot be enabled when max file count is 1", "max-file", "1");
    refused("max size should be a positive number", "max-size", "-1");
    refused("unknown log opt 'tag' for log driver local", "tag", "x");
  }

  private static void refused(String words, String key, String value) {
    LogDriver driver = new LocalLogDriver();
    EngineException refusal =
        assertThrows(EngineException.class, () -> driver.validate(Map.of(key, value)));
    assertEquals(words, refusal.getMessage());
  }
}
