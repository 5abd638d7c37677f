package dev.felucca.engine.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.felucca.kernel.image.ImageDetails;
import java.io.IOException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An image does not wait until its snapshots last; what stands on them does. */
class SettlingTest extends OnBench {
  @BeforeEach
  void open() throws IOException {
    TestImages.put(bench.registry, "app", "latest", TestImages.layers(3));
  }

  @Test
  void snapshotsThatAreLostBeforeTheyLastAreUnpackedAgain() throws IOException {
    bench.storage.unsettling = new IOException("the disk is slow");
    ImageDetails image = bench.pull("app");
    bench.stop();
    bench.storage.end();
    bench.storage.unsettling = null;
    bench.restart();
    bench.registry.close();
    assertEquals(3, bench.storage.applied.get());
    try (ImageSnapshots.Top top = bench.images.hold(image, "fake")) {
      assertTrue(bench.storage.keys().contains(top.key()));
    }
    assertEquals(6, bench.storage.applied.get());
  }

  @Test
  void aContainerIsMadeOnSnapshotsThatLast() throws IOException {
    IOException trouble = new IOException("the disk is gone");
    bench.storage.unsettling = trouble;
    ImageDetails image = bench.pull("app");
    Exception told = assertThrows(IOException.class, () -> bench.images.hold(image, "fake"));
    assertSame(trouble, told);
    bench.storage.unsettling = null;
    bench.images.hold(image, "fake").close();
    bench.storage.end();
    bench.images.hold(image, "fake").close();
    assertEquals(3, bench.storage.applied.get());
  }
}
