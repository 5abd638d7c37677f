package dev.felucca.engine.container;

import dev.felucca.engine.state.DamagedStateException;
import dev.felucca.engine.state.Directories;
import dev.felucca.engine.state.DurableFiles;
import dev.felucca.engine.state.StateFile;
import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.container.ContainerState.Health;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Containers on disk. {@code config.json} is what makes one: it is written last at creation and
 * deleted first at removal, so what lies around without it is rubbish.
 */
final class ContainerStore {
  private static final Logger LOG = LoggerFactory.getLogger(ContainerStore.class);
  private static final String CONFIG = "config.json";
  private static final Path MOUNTS = Path.of("/proc/self/mountinfo");

  private final Directories directories;
  private final Map<ContainerId, StateFile<ContainerRecord>> configs = new ConcurrentHashMap<>();
  private final Map<ContainerId, StateFile<LastState>> states = new ConcurrentHashMap<>();
  private final Map<ContainerId, StateFile<Health>> healths = new ConcurrentHashMap<>();

  /** Something is there of them, and what they are can't be read. */
  private final Set<ContainerId> unreadable = ConcurrentHashMap.newKeySet();

  private final List<RunRecord> unknownRuns = new ArrayList<>();

  /** A container as it was found. */
  record Found(
      ContainerRecord record, LastState last, @Nullable RunRecord run, @Nullable Health health) {}

  ContainerStore(Directories directories) throws IOException {
    this.directories = directories;
    Files.createDirectories(directories.containers());
    Files.createDirectories(directories.runDir().resolve("c"));
  }

  Path directory(ContainerId id) {
    return directories.container(id);
  }

  Path scratch(ContainerId id) {
    return directories.running(id).resolve("s");
  }

  private StateFile<ContainerRecord> config(ContainerId id) {
    return configs.computeIfAbsent(
        id, key -> new StateFile<>(directory(key).resolve(CONFIG), ContainerRecord.class));
  }

  private StateFile<LastState> state(ContainerId id) {
    return states.computeIfAbsent(
        id, key -> new StateFile<>(directory(key).resolve("state.json"), LastState.class));
  }

  private StateFile<Health> health(ContainerId id) {
    return healths.computeIfAbsent(
        id, key -> new StateFile<>(directory(key).resolve("health.json"), Health.class));
  }

  private StateFile<RunRecord> run(ContainerId id) {
    return new StateFile<>(directories.running(id).resolve("run.json"), RunRecord.class);
  }

  /** The same again: without it nobody knows that the container runs, and where. */
  private StateFile<RunRecord> runCopy(ContainerId id) {
    return new StateFile<>(directories.running(id).resolve("run-copy.json"), RunRecord.class);
  }

  /**
   * Everything that is there; what a crash left half-made is deleted.
   *
   * @param damaged hears of files that make no sense; they are kept, moved aside
   */
  List<Found> load(Consumer<DamagedStateException> damaged) throws IOException {
    List<Found> all = new ArrayList<>();
    List<Path> entries = new ArrayList<>();
    try (var stream = Files.newDirectoryStream(directories.containers())) {
      stream.forEach(entries::add);
    }
    for (Path entry : entries) {
      String name = entry.getFileName().toString();
      if (!name.matches("[0-9a-f]{64}")) {
        continue;
      }
      ContainerId id = new ContainerId(name);
      try {
        load(id, entry, damaged).ifPresent(all::add);
      } catch (IOException | UncheckedIOException e) {
        // One bad sector must not take every container away.
        LOG.error("container {} can't be read: it is left as it is", name, e);
        unreadable.add(id);
      }
    }
    Set<String> there = new HashSet<>();
    all.forEach(found -> there.add(found.record().id().hex()));
    unreadable.forEach(id -> there.add(id.hex()));
    sweepRuns(there);
    return all;
  }

  /**
   * A removal that was killed behind {@link #deleteConfig} leaves its container's run. What is
   * mounted in one would be deleted with it: such a run waits for a later start.
   */
  private void sweepRuns(Set<String> there) throws IOException {
    List<Path> left = new ArrayList<>();
    try (var stream = Files.newDirectoryStream(directories.runDir().resolve("c"))) {
      for (Path run : stream) {
        if (!there.contains(run.getFileName().toString())) {
          left.add(run);
        }
      }
    }
    if (left.isEmpty()) {
      return;
    }
    String mounts = Files.readString(MOUNTS);
    for (Path run : left) {
      // As proc(5) writes it: a space and the like are octal.
      String path = run.toAbsolutePath().toString().replace("\\", "\\134").replace(" ", "\\040");
      if (!mounts.contains(path)) {
        LOG.info("removing the run {}: its container is gone", run);
        deleteTree(run);
      }
    }
  }

  private Optional<Found> load(ContainerId id, Path entry, Consumer<DamagedStateException> damaged)
      throws IOException {
    Optional<ContainerRecord> record = readOr(config(id), damaged);
    if (record.isPresent()) {
      LastState last = readOr(state(id), damaged).orElse(LastState.CREATED);
      return Optional.of(
          new Found(
              record.get(),
              last,
              readRun(id, damaged).orElse(null),
              readOr(health(id), damaged).orElse(null)));
    }
    if (hasDamaged(entry)) {
      unreadable.add(id);
      readRun(id, damaged).ifPresent(unknownRuns::add);
    } else {
      deleteTree(entry);
      configs.remove(id);
      states.remove(id);
      healths.remove(id);
    }
    return Optional.empty();
  }

  private Optional<RunRecord> readRun(ContainerId id, Consumer<DamagedStateException> damaged)
      throws IOException {
    try {
      Optional<RunRecord> run = run(id).read();
      if (run.isPresent()) {
        return run;
      }
    } catch (DamagedStateException e) {
      damaged.accept(e);
    }
    Optional<RunRecord> copy = readOr(runCopy(id), damaged);
    if (copy.isPresent()) {
      run(id).write(copy.get());
    }
    return copy;
  }

  /** Runs of containers that can't be read: what they have is in use. */
  List<RunRecord> unknownRuns() {
    return List.copyOf(unknownRuns);
  }

  /** Containers that lie here and can't be read: nothing of them is rubbish. */
  Set<ContainerId> unreadable() {
    return Set.copyOf(unreadable);
  }

  private static boolean hasDamaged(Path directory) throws IOException {
    try (var stream = Files.newDirectoryStream(directory, CONFIG + ".damaged-*")) {
      return stream.iterator().hasNext();
    }
  }

  private static <T extends Record> Optional<T> readOr(
      StateFile<T> file, Consumer<DamagedStateException> damaged) throws IOException {
    try {
      return file.read();
    } catch (DamagedStateException e) {
      damaged.accept(e);
      return Optional.empty();
    }
  }

  /** The directory that config.json will lie in; nobody sees the container yet. */
  void prepare(ContainerId id) throws IOException {
    Files.createDirectories(directory(id));
  }

  /** From here on the container exists, after a power cut too. */
  void create(ContainerRecord record) throws IOException {
    if (record.autoRemove()) {
      // After a power cut it would only be found to be removed: not worth the wait for the disk.
      config(record.id()).write(record);
    } else {
      config(record.id()).writeDurably(record);
      DurableFiles.syncDirectory(directories.containers());
    }
  }

  void rewrite(ContainerRecord record) throws IOException {
    config(record.id()).writeDurably(record);
  }

  /**
   * @param now asked when it is the turn of this write: what is written last is newest
   */
  void writeState(ContainerId id, Supplier<LastState> now, boolean durably) throws IOException {
    write(id, state(id), now, durably);
  }

  /** As {@link #writeState}; what a power cut may forget of it is the last checks. */
  void writeHealth(ContainerId id, Supplier<@Nullable Health> now) throws IOException {
    write(id, health(id), now, false);
  }

  private <T extends Record> void write(
      ContainerId id, StateFile<T> file, Supplier<? extends @Nullable T> now, boolean durably)
      throws IOException {
    synchronized (file) {
      T state = now.get();
      if (state == null) {
        return;
      }
      try {
        file.writeEvenWhenFull(state, durably);
      } catch (NoSuchFileException e) {
        if (Files.exists(directory(id))) {
          throw e; // otherwise the container was removed meanwhile
        }
      }
    }
  }

  void writeRun(ContainerId id, RunRecord record) throws IOException {
    run(id).write(record);
    if (record.confirmed()) {
      runCopy(id).write(record); // of a start that was not told to anybody nobody misses it
    }
  }

  /** Makes an empty scratch directory for a run; none of an earlier one may be there. */
  Path makeScratch(ContainerId id) throws IOException {
    Path scratch = scratch(id);
    return Files.createDirectories(scratch);
  }

  /** The run is over, and what its driver made could not all be deleted: that stays. */
  void forgetRun(ContainerId id) throws IOException {
    runCopy(id).delete(); // first: where it is, there is a run
    run(id).delete();
  }

  /** True while something of a run is there. */
  boolean hasRun(ContainerId id) {
    return Files.exists(directories.running(id));
  }

  /** The run is over and its driver has deleted it: nothing of it is left. */
  void deleteRun(ContainerId id) throws IOException {
    runCopy(id).delete();
    run(id).delete();
    deleteTree(directories.running(id));
  }

  /** From here on the container does not exist. */
  void deleteConfig(ContainerRecord record) throws IOException {
    config(record.id()).delete();
    if (!record.autoRemove()) {
      DurableFiles.syncDirectory(directory(record.id()));
    }
  }

  /** Removes what is left of a container that has no run, or of one that never came to be. */
  void deleteRest(ContainerId id) throws IOException {
    deleteTree(directory(id));
    configs.remove(id);
    states.remove(id);
    healths.remove(id);
  }

  /** Deletes a tree without following links; one that isn't there is no error. */
  static void deleteTree(Path root) throws IOException {
    if (!Files.exists(root, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.deleteIfExists(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure)
              throws IOException {
            if (failure != null) {
              throw failure;
            }
            Files.deleteIfExists(directory);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
