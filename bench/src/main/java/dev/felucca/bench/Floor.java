package dev.felucca.bench;

import java.nio.file.Path;
import java.util.List;

/** The same program with no isolation at all. */
record Floor(Path program) implements Contender, Contender.Start {
  @Override
  public List<String> series() {
    return List.of("posix_spawn, no isolation");
  }

  @Override
  public Start ready() {
    return this;
  }

  @Override
  public long[] run() throws Exception {
    long begin = System.nanoTime();
    PosixSpawn.run(List.of(program.toString(), "true"));
    return new long[] {System.nanoTime() - begin};
  }

  @Override
  public void clean() {}

  @Override
  public void close() {}
}
