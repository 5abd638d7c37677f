package dev.felucca.engine.image;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Has a bench, with a registry of its own, for each test. */
@Timeout(120)
abstract class OnBench {
  @TempDir Path root;
  Bench bench;

  @BeforeEach
  final void openBench() throws IOException {
    bench = bench(root);
  }

  /** Its storage takes layers in any order. */
  Bench bench(Path at) throws IOException {
    return new Bench(at, true);
  }

  @AfterEach
  final void closeBench() {
    bench.close();
  }
}
