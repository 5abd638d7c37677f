package dev.felucca.engine.volume;

import dev.felucca.engine.state.DamagedStateException;
import dev.felucca.engine.state.StateFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file for each volume that is being made, or whose container is being made or removed. None is
 * waited for to be on the disk: what a power cut forgets of them is a volume left over, or one that
 * is asked about again.
 */
final class UnsettledBook {
  private static final Logger LOG = LoggerFactory.getLogger(UnsettledBook.class);

  private final Path directory;
  private final Set<String> here = ConcurrentHashMap.newKeySet();
  private final List<Unsettled> left = new ArrayList<>();

  UnsettledBook(Path directory) throws IOException {
    this.directory = Files.createDirectories(directory);
    List<DamagedStateException> damaged = new ArrayList<>();
    left.addAll(StateFile.readAll(directory, Unsettled.class, damaged::add));
    for (DamagedStateException half : damaged) {
      LOG.warn("{}: nothing is removed for it", half.getMessage());
      if (Files.isRegularFile(half.aside(), LinkOption.NOFOLLOW_LINKS)) {
        Files.delete(half.aside()); // half a note, as power cuts leave them, is of no use
      }
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

  /**
   * It stays, or it is gone. A note that can't be deleted is only a question more for the next
   * engine, which looks who uses the volume.
   */
  void settle(String volume) {
    if (here.remove(volume)) {
      try {
        file(volume).delete();
      } catch (IOException e) {
        LOG.warn("that volume {} stays could not be recorded", volume, e);
      }
    }
  }

  private StateFile<Unsettled> file(String volume) {
    return new StateFile<>(directory.resolve(volume + ".json"), Unsettled.class);
  }
}
