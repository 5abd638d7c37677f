package dev.felucca.engine.volume;

import dev.felucca.engine.state.StateFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A file for each volume that is being made, or whose container is being made or removed. None is
 * waited for to be on the disk: what a power cut forgets of them is a volume left over, or one that
 * is asked about again.
 */
final class UnsettledBook {
  private final Path directory;
  private final Set<String> here = ConcurrentHashMap.newKeySet();
  private final List<Unsettled> left = new ArrayList<>();

  UnsettledBook(Path directory) throws IOException {
    this.directory = Files.createDirectories(directory);
    List<Path> damaged = new ArrayList<>();
    left.addAll(StateFile.readAll(directory, Unsettled.class, e -> damaged.add(e.aside())));
    for (Path half : damaged) {
      Files.delete(half); // half a note is no reason to remove anything
    }
    left.forEach(one -> here.add(one.volume()));
  }

  /** What an engine before this one left, each told once. */
  List<Unsettled> takeLeft(String driver) {
    synchronized (left) {
      List<Unsettled> all = left.stream().filter(one -> one.driver().equals(driver)).toList();
      left.removeAll(all);
      return all;
    }
  }

  boolean has(String volume) {
    return here.contains(volume);
  }

  void note(Unsettled one) throws IOException {
    file(one.volume()).write(one);
    here.add(one.volume());
  }

  /** It stays, or it is gone. */
  void settle(String volume) throws IOException {
    if (here.remove(volume)) {
      file(volume).delete();
    }
  }

  private StateFile<Unsettled> file(String volume) {
    return new StateFile<>(directory.resolve(volume + ".json"), Unsettled.class);
  }
}
