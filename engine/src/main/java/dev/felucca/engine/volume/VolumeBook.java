package dev.felucca.engine.volume;

import dev.felucca.engine.state.DamagedStateException;
import dev.felucca.engine.state.DurableFiles;
import dev.felucca.engine.state.StateFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Consumer;

/** The records of volumes: read at start, then kept in memory and on disk. */
final class VolumeBook {
  private final Path directory;
  private final Map<String, VolumeRecord> byName = new ConcurrentSkipListMap<>();

  /**
   * @param damaged hears of files that make no sense; they are kept, moved aside
   */
  VolumeBook(Path directory, Consumer<DamagedStateException> damaged) throws IOException {
    this.directory = Files.createDirectories(directory);
    for (VolumeRecord record : StateFile.readAll(directory, VolumeRecord.class, damaged)) {
      byName.put(record.name(), record);
    }
  }

  Optional<VolumeRecord> find(String name) {
    return Optional.ofNullable(byName.get(name));
  }

  List<VolumeRecord> all() {
    return List.copyOf(byName.values());
  }

  void write(VolumeRecord record) throws IOException {
    file(record.name()).writeDurably(record);
    byName.put(record.name(), record);
  }

  void delete(String name) throws IOException {
    if (byName.remove(name) != null) {
      file(name).delete();
      DurableFiles.syncDirectory(directory);
    }
  }

  /** The name is one: {@link dev.felucca.kernel.volume.VolumeName}. */
  private StateFile<VolumeRecord> file(String name) {
    return new StateFile<>(directory.resolve(name + ".json"), VolumeRecord.class);
  }
}
