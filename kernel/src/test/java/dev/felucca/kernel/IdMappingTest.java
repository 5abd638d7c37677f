package dev.felucca.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.felucca.kernel.isolation.UserNamespace;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IdMappingTest {
  @Test
  void idsAreCountedFromTheBeginningOfTheirRange() {
    IdMapping mapping = IdMapping.parse("uids=0-1000-1#1-100000-65535;gids=0-200000-10");
    assertEquals(1000, mapping.rootUid());
    assertEquals(200000, mapping.rootGid());
    assertEquals(OptionalLong.of(100000), mapping.hostUid(1));
    assertEquals(OptionalLong.of(165534), mapping.hostUid(65535));
    assertEquals(OptionalLong.empty(), mapping.hostUid(65536));
    assertEquals(OptionalLong.of(200009), mapping.hostGid(9));
    assertEquals(OptionalLong.empty(), mapping.hostGid(10));
  }

  @Test
  void itsWordsSayAll() {
    String words = "uids=0-1000-1#1-100000-65535;gids=0-200000-10";
    assertEquals(words, IdMapping.parse(words).words());
    assertEquals("idmap=" + words, IdMapping.parse(words).mountOption());
    assertEquals(IdMapping.parse(words), IdMapping.parse(words));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "uids=0-1-1",
        "uids=0-1-1;gids=",
        "uids=0-1-1;gids=0-1-1;gids=0-1-1",
        "uids=0-1-0;gids=0-1-1",
        "uids=0-1;gids=0-1-1",
        "uids=-1-1-1;gids=0-1-1",
        "uids=0-4294967295-1;gids=0-1-1",
        "uids=0-4294967290-10;gids=0-1-1",
        "uids=99999999999-1-1;gids=0-1-1",
        "uids=0-100-10#5-200-10;gids=0-1-1",
        "uids=0-100-10#10-109-10;gids=0-1-1",
        "@uids=0-1-1;gids=0-1-1"
      })
  void whatIsNoMapIsRefused(String words) {
    EngineException refused =
        assertThrows(EngineException.class, () -> IdMapping.parse(words), words);
    assertEquals(EngineException.Kind.INVALID, refused.kind());
  }

  @Test
  void aContainersUsersHaveARoot() {
    IdMapping rootless = IdMapping.parse("uids=1-100001-5;gids=0-100000-5");
    assertThrows(EngineException.class, () -> new UserNamespace(rootless, null));
  }
}
