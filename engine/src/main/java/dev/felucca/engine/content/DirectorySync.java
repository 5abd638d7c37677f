package dev.felucca.engine.content;

import dev.felucca.engine.state.DurableFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Syncs directories for many writers at once: those who arrive while one sync is under way share
 * the next. A sync that began before a rename says nothing about it, so joining the running one
 * would be wrong.
 */
final class DirectorySync {
  private final Map<Path, Turns> directories = new ConcurrentHashMap<>();

  private static final class Turns {
    long asked;
    long done;
    boolean running;
  }

  /** Returns when a sync of {@code directory} that began after this call has ended. */
  void sync(Path directory) throws IOException {
    Turns turns = directories.computeIfAbsent(directory, key -> new Turns());
    boolean interrupted = false;
    long covered;
    synchronized (turns) {
      long mine = ++turns.asked;
      while (turns.running && turns.done < mine) {
        try {
          turns.wait();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      if (turns.done >= mine) {
        restore(interrupted);
        return;
      }
      turns.running = true;
      covered = turns.asked;
    }
    boolean synced = false;
    try {
      DurableFiles.syncDirectory(directory);
      synced = true;
    } finally {
      synchronized (turns) {
        turns.running = false;
        if (synced) {
          turns.done = Math.max(turns.done, covered);
        }
        turns.notifyAll();
      }
      restore(interrupted);
    }
  }

  private static void restore(boolean interrupted) {
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
