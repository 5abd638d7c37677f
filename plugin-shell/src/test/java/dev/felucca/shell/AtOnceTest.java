package dev.felucca.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.felucca.kernel.EngineException;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class AtOnceTest {
  @Test
  void nobodyWaitsForTheOneBefore() throws Exception {
    CyclicBarrier all = new CyclicBarrier(3);
    assertEquals(
        List.of(Optional.empty(), Optional.of("no"), Optional.empty()),
        AtOnce.refusals(
            50,
            List.of("a", "b", "c"),
            name -> {
              all.await(10, TimeUnit.SECONDS);
              if (name.equals("b")) {
                throw new EngineException(EngineException.Kind.CONFLICT, "no");
              }
              if (name.equals("c")) {
                throw new EngineException(EngineException.Kind.NOT_MODIFIED, "stopped already");
              }
            }));
  }

  @Test
  void whatIsNoRefusalIsThrown() {
    IOException failure = new IOException("the disk is gone");
    assertEquals(
        failure,
        assertThrows(
            IOException.class,
            () ->
                AtOnce.refusals(
                    1,
                    List.of("a", "b"),
                    name -> {
                      throw failure;
                    })));
  }
}
