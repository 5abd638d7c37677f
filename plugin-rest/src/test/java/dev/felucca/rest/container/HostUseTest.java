package dev.felucca.rest.container;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;
import org.junit.jupiter.api.Test;

class HostUseTest {
  @Test
  void aProcessThatIsGoneHasNoInterfaces() throws Exception {
    Process ended = new ProcessBuilder("true").start();
    ended.waitFor();
    assertEquals(Map.of(), HostUse.interfaces(Math.toIntExact(ended.pid())));
  }
}
