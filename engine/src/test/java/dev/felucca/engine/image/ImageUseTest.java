package dev.felucca.engine.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.felucca.kernel.Digest;
import dev.felucca.kernel.EngineException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ImageUseTest {
  private static final Digest IMAGE = Digest.sha256(new byte[0]);
  private static final List<ImageUsers.User> USERS = List.of(new ImageUsers.User("c1", true));

  @Test
  void nobodyHearsThatAnImageIsUnusedBeforeContainersAreKnown() throws Exception {
    ImageUse use = new ImageUse();
    CompletableFuture<List<ImageUsers.User>> asked =
        CompletableFuture.supplyAsync(() -> use.of(IMAGE));
    use.register(id -> USERS);
    assertEquals(USERS, asked.get(60, TimeUnit.SECONDS));
  }

  @Test
  void itIsRefusedWhereTheyDoNotCome() {
    ImageUse use = new ImageUse(TimeUnit.MILLISECONDS.toNanos(1));
    EngineException refusal = assertThrows(EngineException.class, () -> use.of(IMAGE));
    assertEquals(EngineException.Kind.UNAVAILABLE, refusal.kind());
    ImageUsers users = id -> USERS;
    use.register(users);
    assertEquals(USERS, use.of(IMAGE));
    use.unregister(users);
    assertThrows(EngineException.class, () -> use.of(IMAGE), "an engine that goes");
  }
}
