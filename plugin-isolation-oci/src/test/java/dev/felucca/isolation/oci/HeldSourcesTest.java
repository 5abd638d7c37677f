package dev.felucca.isolation.oci;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.felucca.kernel.storage.Mount;
import java.util.List;
import org.junit.jupiter.api.Test;

class HeldSourcesTest {
  private static final Mount CLOSED =
      new Mount("bind", "/srv", List.of("rbind", "rro", "rnoexec", "rprivate"), null);

  @Test
  void theRuntimeIsAskedForClosedTreesWhereTheKernelCloses() {
    assertEquals(List.of("rbind", "rro", "rnoexec", "rprivate"), HeldSources.options(CLOSED, true));
  }

  @Test
  void onAnOlderKernelTheMountItselfIsClosed() {
    assertEquals(List.of("rbind", "ro", "noexec", "rprivate"), HeldSources.options(CLOSED, false));
  }
}
