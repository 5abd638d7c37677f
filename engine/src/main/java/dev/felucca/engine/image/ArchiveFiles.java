package dev.felucca.engine.image;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import com.github.luben.zstd.ZstdIOException;
import dev.felucca.kernel.Digest;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.image.ContentStore;
import dev.felucca.kernel.image.ProgressListener;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;
import org.tukaani.xz.XZIOException;

/**
 * The files of an image archive after one pass over it: what says what is in it stays in memory,
 * all else is in the content store under its digest. Names are only ever keys: nothing is written
 * where an archive says.
 */
final class ArchiveFiles {
  private static final int MOST_ENTRIES = 100_000;
  private static final int MOST_HOPS = 16;
  private static final Set<String> DIRECTORIES =
      Set.of("manifest.json", "index.json", "oci-layout", "repositories");
  private static final Pattern BLOB = Pattern.compile("blobs/(sha256|sha512)/([0-9a-f]+)");
  private static final int CHUNK = 1 << 17;

  private final ContentStore store;
  private final long most;
  private final Leases.Lease lease;
  private final ProgressListener progress;
  private final Map<String, byte[]> texts = new HashMap<>();
  private final Map<String, ImageRecord.Blob> blobs = new HashMap<>();
  private final Map<String, String> links = new HashMap<>();
  private final Set<Digest> stored = new HashSet<>();

  private ArchiveFiles(ImageCore core, Leases.Lease lease, ProgressListener progress) {
    this.store = core.content;
    this.most = core.limits.layerBytes();
    this.lease = lease;
    this.progress = progress;
  }

  /** Reads a whole tar, packed or not; what it brought into the store is held by the lease. */
  static ArchiveFiles read(
      InputStream archive,
      ImageCore core,
      Leases.Lease lease,
      ProgressListener progress,
      Set<Digest> brought)
      throws IOException {
    ArchiveFiles files = new ArchiveFiles(core, lease, progress);
    try (InputStream plain = Decompression.open(archive)) {
      TarIn tar = new TarIn(plain);
      int entries = 0;
      for (TarIn.Entry entry = tar.next(); entry != null; entry = tar.next()) {
        if (++entries > MOST_ENTRIES) {
          throw new EngineException(INVALID, "archive has more than " + MOST_ENTRIES + " files");
        }
        files.take(tar, entry);
      }
      tar.drain();
      return files;
    } catch (ZipException | EOFException e) {
      throw new EngineException(INVALID, "archive is damaged: " + e.getMessage(), e);
    } catch (XZIOException | ZstdIOException e) {
      throw new EngineException(INVALID, "archive is damaged: " + e.getMessage(), e);
    } finally {
      brought.addAll(files.stored);
    }
  }

  private void take(TarIn tar, TarIn.Entry entry) throws IOException {
    String path = clean(entry.name());
    if (path == null) {
      return; // climbs out of the archive: nothing can refer to it
    }
    if (entry.type() == '1' || entry.type() == '2') {
      String target = clean(entry.type() == '1' ? entry.link() : path + "/../" + entry.link());
      if (target != null) {
        links.put(path, target);
      }
    } else if (entry.type() == '0') {
      if (DIRECTORIES.contains(path)) {
        texts.put(path, text(tar, entry));
      } else {
        blob(tar, path, entry.size());
      }
    }
  }

  private static byte[] text(TarIn tar, TarIn.Entry entry) throws IOException {
    if (entry.size() > Blobs.LARGEST) {
      throw Blobs.tooLarge(entry.name());
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    byte[] chunk = new byte[CHUNK];
    for (int n; (n = tar.read(chunk)) >= 0; ) {
      bytes.write(chunk, 0, n);
    }
    return bytes.toByteArray();
  }

  private void blob(TarIn tar, String path, long size) throws IOException {
    BoundedStream.check(size, most);
    Matcher named = BLOB.matcher(path);
    Digest claimed = named.matches() ? new Digest(named.group(1), named.group(2)) : null;
    if (claimed != null) {
      lease.hold(Leases.blob(claimed));
      if (store.size(claimed).isPresent()) {
        blobs.put(path, new ImageRecord.Blob("", claimed, size));
        return;
      }
    }
    String name = path.substring(path.lastIndexOf('/') + 1);
    String id = (name.equals("layer.tar") ? path : name);
    Throttle bar =
        new Throttle(
            step ->
                progress.progress(
                    new ProgressListener.Progress(
                        id.substring(0, Math.min(12, id.length())),
                        step.status(),
                        step.current(),
                        step.total())),
            "Loading layer",
            size);
    boolean shown = size > CHUNK;
    ImageRecord.Blob taken =
        new Intake(store, lease)
            .take(
                "",
                ingest -> {
                  byte[] chunk = new byte[CHUNK];
                  for (int n; (n = tar.read(chunk)) >= 0; ) {
                    ingest.write(ByteBuffer.wrap(chunk, 0, n));
                    if (shown) {
                      bar.at(ingest.offset());
                    }
                    if (Thread.currentThread().isInterrupted()) {
                      throw Failures.interrupted("the load");
                    }
                  }
                });
    if (shown) {
      bar.end();
    }
    stored.add(taken.digest());
    if (claimed != null
        && claimed.algorithm().equals("sha256")
        && !claimed.equals(taken.digest())) {
      throw new EngineException(
          INVALID, path + " is not what its name says: its digest is " + taken.digest());
    }
    blobs.put(path, taken);
  }

  /** A name without empty parts and dots, or null when it climbs above the top. */
  static @Nullable String clean(String name) {
    Deque<String> parts = new ArrayDeque<>();
    for (String part : name.split("/")) {
      if (part.equals("..")) {
        if (parts.isEmpty()) {
          return null;
        }
        parts.removeLast();
      } else if (!part.isEmpty() && !part.equals(".")) {
        parts.addLast(part);
      }
    }
    return String.join("/", parts);
  }

  /** One of the files that say what is in the archive, or null when there is none. */
  byte @Nullable [] text(String path) {
    return texts.get(path);
  }

  /** The blob a path names, links followed; INVALID when there is none. */
  ImageRecord.Blob blob(String path) {
    String at = clean(path);
    for (int hops = 0; at != null && hops < MOST_HOPS; hops++) {
      ImageRecord.Blob blob = blobs.get(at);
      if (blob != null) {
        return blob;
      }
      at = links.get(at);
    }
    throw new EngineException(INVALID, "archive has no file " + path);
  }

  /** What an OCI layout calls by this digest, or null when it has been left out. */
  ImageRecord.@Nullable Blob blob(Digest digest) {
    return blobs.get("blobs/" + digest.algorithm() + "/" + digest.hex());
  }
}
