package dev.felucca.engine.content;

import static dev.felucca.kernel.EngineException.Kind.CONFLICT;
import static dev.felucca.kernel.EngineException.Kind.INVALID;
import static dev.felucca.kernel.EngineException.Kind.NOT_FOUND;

import dev.felucca.engine.state.Aside;
import dev.felucca.engine.state.IdFile;
import dev.felucca.kernel.Digest;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.image.ContentStore;
import dev.felucca.kernel.image.Ingest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Blobs as files {@code blobs/ALGORITHM/HEX}; what is being written is {@code ingest/REF}, which
 * becomes the blob by a rename. There is nothing beside the files: a hash that was under way when
 * the engine ended is computed again from what is there.
 */
public final class FileContentStore implements ContentStore {
  private static final Logger LOG = LoggerFactory.getLogger(FileContentStore.class);

  private static final Pattern REF = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._:-]{0,199}");

  private static final Pattern DIGEST = Pattern.compile("sha\\d+:[0-9a-f]+");

  private static final Pattern HEX = Pattern.compile("[0-9a-f]{64}|[0-9a-f]{128}");

  private final Hashes hashes;
  private final Path blobs;
  private final Path ingests;
  private final DirectorySync sync = new DirectorySync();
  private final Set<String> open = ConcurrentHashMap.newKeySet();
  private final Set<Digest> fresh = ConcurrentHashMap.newKeySet();

  public FileContentStore(Path root, Hashes hashes) throws IOException {
    this.hashes = hashes;
    blobs = root.resolve("blobs");
    ingests = Files.createDirectories(root.resolve("ingest"));
    for (String algorithm : List.of("sha256", "sha512")) {
      Files.createDirectories(blobs.resolve(algorithm));
    }
  }

  @Override
  public Optional<Long> size(Digest digest) throws IOException {
    try {
      return Optional.of(Files.size(path(digest)));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  @Override
  public SeekableByteChannel open(Digest digest) throws IOException {
    try {
      return FileChannel.open(path(digest), StandardOpenOption.READ);
    } catch (NoSuchFileException e) {
      throw new EngineException(NOT_FOUND, "content " + digest + " not found", e);
    }
  }

  @Override
  public Ingest ingest(String ref) throws IOException {
    Path file = ingestPath(ref);
    if (!open.add(ref)) {
      throw new EngineException(CONFLICT, "ingest " + ref + " is being written already");
    }
    try {
      return new FileIngest(file, this::path, hashes, fresh::add, () -> open.remove(ref));
    } catch (IOException | RuntimeException e) {
      open.remove(ref);
      throw e;
    }
  }

  @Override
  public void sync() throws IOException {
    List<Digest> now = List.copyOf(fresh);
    Set<Path> directories = new HashSet<>();
    for (Digest digest : now) {
      Path file = path(digest);
      directories.add(file.getParent());
      try (FileChannel blob = FileChannel.open(file, StandardOpenOption.READ)) {
        blob.force(true);
      } catch (NoSuchFileException e) {
        continue; // deleted since
      }
    }
    for (Path directory : directories) {
      sync.sync(directory);
    }
    fresh.removeAll(now); // not before: another caller must wait for them, too
  }

  /**
   * Drops what a power cut has damaged: of what was published right before it, some may be there
   * without its content. Nothing to do in a boot that was seen before.
   *
   * @param named what something that lasts names, which is on disk
   */
  public void afterBoot(Set<Digest> named) throws IOException {
    Path seen = blobs.resolveSibling("..").normalize().resolve("content-boot");
    String boot = Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
    // One that makes no sense is as good as none: all is looked at, as after a boot.
    if (IdFile.read(seen).map(boot::equals).orElse(false)) {
      return;
    }
    List<Digest> doubtful = new ArrayList<>();
    walk(digest -> doubtful.add(digest));
    doubtful.removeAll(named);
    for (Digest digest : doubtful) {
      if (!isWhole(digest)) {
        delete(digest);
      }
    }
    IdFile.write(seen, boot);
  }

  /** One that cannot be read is moved aside: then nothing is left to be deleted. */
  private boolean isWhole(Digest digest) throws IOException {
    MessageDigest hash = hashes.of(digest);
    try (InputStream in = Channels.newInputStream(open(digest))) {
      byte[] chunk = new byte[1 << 16];
      for (int n; (n = in.read(chunk)) >= 0; ) {
        hash.update(chunk, 0, n);
      }
    } catch (IOException e) {
      if (Aside.isReadersTrouble(e)) {
        throw e;
      }
      LOG.error(
          "content {} cannot be read and was moved to {}: {}",
          digest,
          Aside.move(path(digest)).getFileName(),
          e.getMessage());
      return false;
    }
    return HexFormat.of().formatHex(hash.digest()).equals(digest.hex());
  }

  @Override
  public List<String> ingests() throws IOException {
    List<String> refs = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(ingests)) {
      files.forEach(file -> refs.add(file.getFileName().toString()));
    }
    return refs;
  }

  @Override
  public void abort(String ref) throws IOException {
    if (open.contains(ref)) {
      throw new EngineException(CONFLICT, "ingest " + ref + " is being written");
    }
    Files.deleteIfExists(ingestPath(ref));
  }

  /**
   * Drops ingests that nobody goes on with: only one that is called after its digest is asked for
   * again, by the next pull. For a start, when nobody writes any.
   */
  public void abortUnnamed() throws IOException {
    for (String ref : ingests()) {
      if (!DIGEST.matcher(ref).matches()) {
        abort(ref);
      }
    }
  }

  /** Drops ingests that nobody has written to for so long. */
  public void abortOlderThan(Duration age) throws IOException {
    Instant limit = Instant.now().minus(age);
    for (String ref : ingests()) {
      Path file = ingests.resolve(ref);
      if (!open.contains(ref) && Files.getLastModifiedTime(file).toInstant().isBefore(limit)) {
        Files.deleteIfExists(file);
      }
    }
  }

  @Override
  public void walk(Consumer<Digest> visitor) throws IOException {
    for (String algorithm : List.of("sha256", "sha512")) {
      List<Digest> found = new ArrayList<>();
      try (DirectoryStream<Path> files = Files.newDirectoryStream(blobs.resolve(algorithm))) {
        for (Path file : files) {
          String name = file.getFileName().toString();
          if (HEX.matcher(name).matches()) {
            found.add(new Digest(algorithm, name));
          }
        }
      }
      found.forEach(visitor);
    }
  }

  @Override
  public void delete(Digest digest) throws IOException {
    Files.deleteIfExists(path(digest));
  }

  private Path path(Digest digest) {
    return blobs.resolve(digest.algorithm()).resolve(digest.hex());
  }

  private Path ingestPath(String ref) {
    if (!REF.matcher(ref).matches()) {
      throw new EngineException(INVALID, "invalid ingest reference: " + ref);
    }
    return ingests.resolve(ref);
  }
}
