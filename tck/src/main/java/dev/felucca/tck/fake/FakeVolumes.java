package dev.felucca.tck.fake;

import static dev.felucca.kernel.EngineException.Kind.CONFLICT;
import static dev.felucca.kernel.EngineException.Kind.INVALID;
import static dev.felucca.kernel.EngineException.Kind.NOT_FOUND;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.storage.Usage;
import dev.felucca.kernel.volume.VolumeDriver;
import dev.felucca.kernel.volume.VolumeInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * Volumes as plain directories: the shortest driver that keeps the contract. It counts who has
 * mounted what in {@code NAME/users}, so that the count outlasts it.
 */
public final class FakeVolumes implements VolumeDriver {
  private final String name;
  private final Path root;
  private final Trouble trouble = new Trouble();
  private final Set<Path> own = ConcurrentHashMap.newKeySet();

  public FakeVolumes(String name, Path root) {
    this.name = name;
    this.root = root;
  }

  public Trouble trouble() {
    return trouble;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public VolumeInfo create(String volume, Map<String, String> options) throws IOException {
    trouble.enter("create");
    if (!volume.matches("[a-zA-Z0-9][a-zA-Z0-9_.-]*")) {
      throw new EngineException(INVALID, "create " + volume + ": not a name for a volume");
    }
    if (!options.isEmpty()) {
      throw new EngineException(INVALID, "driver " + name + " has no options");
    }
    Files.createDirectories(root.resolve(volume).resolve("users"));
    Files.createDirectories(root.resolve(volume).resolve("files"));
    return get(volume);
  }

  @Override
  public Optional<VolumeInfo> find(String volume) throws IOException {
    trouble.enter("find");
    if (volume.isEmpty() || volume.contains("/") || volume.startsWith(".")) {
      return Optional.empty();
    }
    Path files = root.resolve(volume).resolve("files");
    return Files.isDirectory(files)
        ? Optional.of(new VolumeInfo(volume, files, Instant.EPOCH, Map.of()))
        : Optional.empty();
  }

  private VolumeInfo get(String volume) throws IOException {
    return find(volume)
        .orElseThrow(() -> new EngineException(NOT_FOUND, "get " + volume + ": no such volume"));
  }

  @Override
  public List<VolumeInfo> list() throws IOException {
    trouble.enter("list");
    List<VolumeInfo> found = new ArrayList<>();
    for (Path each : entries(root)) {
      find(each.getFileName().toString()).ifPresent(found::add);
    }
    return found;
  }

  private static List<Path> entries(Path directory) throws IOException {
    try (Stream<Path> all = Files.list(directory)) {
      return all.sorted().toList();
    } catch (NoSuchFileException e) {
      return List.of();
    }
  }

  @Override
  public void mount(String volume, String user) throws IOException {
    trouble.enter("mount");
    Path mark = get(volume).path().resolveSibling("users").resolve(user);
    own.add(mark);
    if (!Files.exists(mark)) {
      Files.createFile(mark);
    }
  }

  @Override
  public void unmount(String volume, String user) throws IOException {
    trouble.enter("unmount");
    Path mark = root.resolve(volume).resolve("users").resolve(user);
    own.remove(mark);
    Files.deleteIfExists(mark);
  }

  @Override
  public void adopt(Set<String> users) throws IOException {
    trouble.enter("adopt");
    for (VolumeInfo volume : list()) {
      for (Path mark : entries(volume.path().resolveSibling("users"))) {
        if (!users.contains(mark.getFileName().toString()) && !own.contains(mark)) {
          Files.delete(mark);
        }
      }
    }
  }

  /** Who has it mounted. */
  public List<String> users(String volume) throws IOException {
    return entries(root.resolve(volume).resolve("users")).stream()
        .map(mark -> mark.getFileName().toString())
        .toList();
  }

  @Override
  public void remove(String volume) throws IOException {
    trouble.enter("remove");
    get(volume);
    if (!users(volume).isEmpty()) {
      throw new EngineException(CONFLICT, "volume " + volume + " is mounted");
    }
    try (Stream<Path> all = Files.walk(root.resolve(volume))) {
      for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(each);
      }
    }
  }

  @Override
  public Usage usage(String volume) throws IOException {
    trouble.enter("usage");
    long bytes = 0;
    long files = 0;
    try (Stream<Path> all = Files.walk(get(volume).path())) {
      for (Path each : all.filter(Files::isRegularFile).toList()) {
        bytes += Files.size(each);
        files++;
      }
    }
    return new Usage(bytes, files);
  }
}
