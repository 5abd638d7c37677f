package dev.felucca.linux.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class IdMapTest {
  @Test
  void wordsBecomeTheKernelsLines() {
    IdMap map = IdMap.parse("uids=0-1000-1#1-100000-65535;gids=0-100-10");
    assertEquals("0 1000 1\n1 100000 65535\n", map.uidLines());
    assertEquals("0 100 10\n", map.gidLines());
  }

  @Test
  void whatMakesNoSenseIsRefused() {
    for (String text :
        List.of("", "uids=0-1-1", "uids=0-1-1;gids=0-1", "x=1;uids=0-1-1;gids=0-1-1")) {
      assertThrows(IllegalArgumentException.class, () -> IdMap.parse(text), text);
    }
  }

  @Test
  void layersHaveAnIdForTheHostsRoot() {
    IdMap map = IdMap.parse("uids=0-100000-65536;gids=0-0-5").withRoot();
    assertEquals("0 100000 65536\n4294967294 0 1\n", map.uidLines());
    assertEquals("0 0 5\n", map.gidLines());
    IdMap high = IdMap.parse("uids=4294967290-1-5;gids=0-1-1").withRoot();
    assertEquals("4294967290 1 5\n4294967289 0 1\n", high.uidLines());
  }

  @Test
  void itIsFoundAmongOptions() {
    assertEquals(Optional.empty(), IdMap.among(List.of("ro", "rbind")));
    assertEquals(
        Optional.of(IdMap.parse("uids=0-1-1;gids=0-1-1")),
        IdMap.among(List.of("ro", "idmap=uids=0-1-1;gids=0-1-1")));
  }
}
