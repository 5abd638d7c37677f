package dev.felucca.volumes;

import static dev.felucca.kernel.EngineException.Kind.CONFLICT;
import static dev.felucca.kernel.EngineException.Kind.NOT_FOUND;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.storage.Usage;
import dev.felucca.kernel.volume.VolumeDriver;
import dev.felucca.kernel.volume.VolumeInfo;
import dev.felucca.kernel.volume.VolumeName;
import dev.felucca.linux.Errno;
import dev.felucca.linux.SyscallException;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.layer.Trees;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.Designate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Volumes as directories: {@code NAME/_data} holds the files, {@code NAME/volume.json} says what it
 * was made with. A directory without the latter is a volume too: one that somebody moved here.
 */
@Component(service = VolumeDriver.class, configurationPid = "dev.felucca.volumes.local")
@Designate(ocd = VolumesConfig.class)
public final class LocalVolumes implements VolumeDriver {
  private static final Logger LOG = LoggerFactory.getLogger(LocalVolumes.class);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String DATA = "_data";
  private static final String ABOUT = "volume.json";

  private final Path root;
  private final Trees trees;
  private final VolumeMounts mounts;
  private final NameLocks locks = new NameLocks();

  /** Of which the log has told that they cannot be read. */
  private final Set<String> unreadable = ConcurrentHashMap.newKeySet();

  private boolean swept;

  @Activate
  public LocalVolumes(@Reference Syscalls linux, BundleContext framework, VolumesConfig config) {
    this(linux, root(framework.getProperty("felucca.data-root"), config.root()));
  }

  /** Never throws: a root that cannot be used is an answer ({@link #unusable}). */
  public LocalVolumes(Syscalls linux, Path root) {
    this.root = root.toAbsolutePath().normalize();
    this.trees = new Trees(linux);
    this.mounts = new VolumeMounts(linux);
  }

  private static Path root(@Nullable String dataRoot, String configured) {
    return configured.isEmpty()
        ? Path.of(dataRoot == null ? "/var/lib/felucca" : dataRoot, "volumes")
        : Path.of(configured);
  }

  @Override
  public String name() {
    return "local";
  }

  @Override
  public Optional<String> unusable() {
    try {
      ready();
      return Optional.empty();
    } catch (IOException e) {
      return Optional.of("directory " + root + " cannot be used: " + e.getMessage());
    }
  }

  @Override
  public Map<String, String> status() {
    return Map.of("Root", root.toString());
  }

  @Override
  public VolumeInfo create(String name, Map<String, String> options) throws IOException {
    VolumeName.check(name);
    VolumeOptions.parse(options);
    ready();
    try (NameLocks.Held held = locks.take(name)) {
      return make(name, options);
    }
  }

  private VolumeInfo make(String name, Map<String, String> options) throws IOException {
    Optional<VolumeInfo> there = find(name);
    if (there.isPresent()) {
      if (!there.get().options().equals(options)) {
        throw new EngineException(
            CONFLICT, "volume " + name + " is there already, with other options");
      }
      return there.get();
    }
    Path next = root.resolve(".new-" + UUID.randomUUID());
    Instant created = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    try {
      fill(next, created, options);
      Files.move(next, root.resolve(name), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      try {
        trees.remove(next);
      } catch (IOException left) {
        e.addSuppressed(left);
      }
      throw e;
    }
    trees.fsync(root);
    return new VolumeInfo(name, root.resolve(name).resolve(DATA), created, options);
  }

  private void fill(Path next, Instant created, Map<String, String> options) throws IOException {
    // As Docker: nobody but root walks in from the host, containers bind the directory inside.
    Files.createDirectory(
        next, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx-----x")));
    Path data = Files.createDirectory(next.resolve(DATA));
    Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rwxr-xr-x"));
    ObjectNode about = JSON.createObjectNode().put("version", 1);
    about.put("created", created.toString());
    about.set("options", JSON.valueToTree(new TreeMap<>(options)));
    try (FileChannel out =
        FileChannel.open(
            next.resolve(ABOUT), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      out.write(ByteBuffer.wrap(JSON.writeValueAsBytes(about)));
      out.force(true);
    }
    trees.fsync(next);
  }

  @Override
  public Optional<VolumeInfo> find(String name) throws IOException {
    if (!VolumeName.isValid(name)) {
      return Optional.empty();
    }
    Path data = root.resolve(name).resolve(DATA);
    if (!Files.isDirectory(data)) {
      return Optional.empty();
    }
    try {
      var about = JSON.readTree(Files.readAllBytes(root.resolve(name).resolve(ABOUT)));
      return Optional.of(
          new VolumeInfo(
              name,
              data,
              Instant.parse(about.path("created").asText()),
              JSON.convertValue(
                  about.path("options"), new TypeReference<TreeMap<String, String>>() {})));
    } catch (NoSuchFileException e) {
      return undescribed(name, data);
    } catch (RuntimeException | JacksonException e) {
      throw new IOException(
          "volume " + name + ": " + root.resolve(name).resolve(ABOUT) + " makes no sense", e);
    } catch (IOException e) {
      throw new IOException(
          "volume "
              + name
              + ": "
              + root.resolve(name).resolve(ABOUT)
              + " cannot be read: "
              + e.getMessage(),
          e);
    }
  }

  @Override
  public List<VolumeInfo> list() throws IOException {
    ready();
    List<String> names = new ArrayList<>();
    try (var entries = Files.newDirectoryStream(root)) {
      entries.forEach(entry -> names.add(entry.getFileName().toString()));
    }
    names.sort(null);
    List<VolumeInfo> found = new ArrayList<>();
    for (String name : names) {
      try {
        find(name).ifPresent(found::add);
      } catch (IOException e) {
        // One bad file must not take every volume away: who asks for this one is told.
        if (unreadable.add(name)) {
          LOG.error("{}", e.getMessage());
        }
      }
    }
    return found;
  }

  @Override
  public void mount(String name, String user) throws IOException {
    try (NameLocks.Held held = locks.take(name)) {
      VolumeInfo volume = get(name);
      VolumeOptions options = VolumeOptions.parse(volume.options());
      if (!options.none()) {
        mounts.mount(root.resolve(name), volume.path(), options, user);
      }
    }
  }

  @Override
  public void unmount(String name, String user) throws IOException {
    try (NameLocks.Held held = locks.take(name)) {
      Optional<VolumeInfo> volume = find(name);
      if (volume.isPresent() && !volume.get().options().isEmpty()) {
        mounts.unmount(root.resolve(name), volume.get().path(), user);
      }
    }
  }

  @Override
  public void adopt(Set<String> users) throws IOException {
    for (VolumeInfo volume : list()) {
      if (!volume.options().isEmpty()) {
        try (NameLocks.Held held = locks.take(volume.name())) {
          mounts.keepOnly(root.resolve(volume.name()), volume.path(), users);
        }
      }
    }
  }

  @Override
  public void remove(String name) throws IOException {
    Path gone = root.resolve(".gone-" + UUID.randomUUID());
    try (NameLocks.Held held = locks.take(name)) {
      VolumeInfo volume = get(name);
      if (!volume.options().isEmpty() && mounts.used(volume.path())) {
        throw new EngineException(CONFLICT, "volume " + name + " is mounted");
      }
      Files.move(root.resolve(name), gone, StandardCopyOption.ATOMIC_MOVE);
    }
    trees.fsync(root);
    trees.remove(gone);
  }

  @Override
  public Usage usage(String name) throws IOException {
    while (true) {
      VolumeInfo volume = get(name);
      if (!volume.options().isEmpty()) {
        return new Usage(0, 0);
      }
      try {
        Trees.Size size = trees.size(volume.path());
        return new Usage(size.bytes(), size.inodes());
      } catch (SyscallException e) {
        // Of the directory alone: what goes below it is passed over. Removed, and may be made anew.
        if (e.errno() != Errno.ENOENT) {
          throw e;
        }
      }
    }
  }

  private static Optional<VolumeInfo> undescribed(String name, Path data) throws IOException {
    try {
      Instant created = Files.getLastModifiedTime(data).toInstant();
      return Optional.of(new VolumeInfo(name, data, created, Map.of()));
    } catch (NoSuchFileException removedMeanwhile) {
      return Optional.empty();
    }
  }

  private VolumeInfo get(String name) throws IOException {
    return find(name)
        .orElseThrow(() -> new EngineException(NOT_FOUND, "get " + name + ": no such volume"));
  }

  /** Makes the root, and once removes what a crash left in it. */
  private synchronized void ready() throws IOException {
    Files.createDirectories(
        root, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx--x--x")));
    if (swept) {
      return;
    }
    List<Path> left = new ArrayList<>();
    try (var entries = Files.newDirectoryStream(root, ".{new,gone}-*")) {
      entries.forEach(left::add);
    }
    for (Path tree : left) {
      trees.remove(tree);
    }
    swept = true;
  }
}
