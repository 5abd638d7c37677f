package dev.felucca.isolation.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.felucca.kernel.EngineException;
import dev.felucca.linux.Errno;
import dev.felucca.linux.LinuxSyscalls;
import org.junit.jupiter.api.Test;

class OpenFileLimitTest {
  private static void refused(long limit, long next) {
    EngineException refused =
        assertThrows(EngineException.class, () -> OpenFileLimit.requireRoom(limit, next));
    assertEquals(EngineException.Kind.UNAVAILABLE, refused.kind());
    assertEquals(
        "the engine may have only "
            + limit
            + " files open (ulimit -n), which is too few for another container",
        refused.getMessage());
  }

  @Test
  void thereIsRoomBelowWhatIsKept() throws Exception {
    OpenFileLimit.requireRoom(1024, 895);
    OpenFileLimit.requireRoom(256, 191);
    OpenFileLimit.requireRoom(-1, 1 << 20);
    OpenFileLimit.requireRoom(LinuxSyscalls.load());
  }

  @Test
  void whatIsKeptIsNotForAnotherContainer() {
    refused(1024, 896);
    refused(256, 192);
  }

  @Test
  void withNothingLeftThereIsNoRoomEither() {
    refused(1024, -Errno.EMFILE.number());
    refused(100, 700); // lowered while more were open
  }
}
