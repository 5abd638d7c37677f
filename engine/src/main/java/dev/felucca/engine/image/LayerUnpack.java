package dev.felucca.engine.image;

import static dev.felucca.kernel.EngineException.Kind.CONFLICT;
import static dev.felucca.kernel.EngineException.Kind.INVALID;
import static dev.felucca.kernel.EngineException.Kind.NOT_FOUND;

import com.github.luben.zstd.ZstdIOException;
import dev.felucca.engine.content.Hashes;
import dev.felucca.engine.driver.Drivers;
import dev.felucca.kernel.Digest;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.storage.Applied;
import dev.felucca.kernel.storage.SnapshotInfo;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;
import org.tukaani.xz.XZIOException;

/** Makes one committed snapshot from one packed layer, while it arrives. */
final class LayerUnpack {
  static final String ACTIVE_PREFIX = "unpack-";

  private final Drivers drivers;
  private final Hashes hashes;
  private final Slots slots;
  private final Leases leases;
  private final Target target;
  private final long most;

  /**
   * @param chain the name of the snapshot to be
   * @param parent the snapshot it stands on, or null
   */
  record Target(
      String driver, boolean rebases, String chain, @Nullable String parent, Digest diffId) {}

  LayerUnpack(
      Drivers drivers, Hashes hashes, Slots slots, Leases leases, Target target, long most) {
    this.drivers = drivers;
    this.hashes = hashes;
    this.slots = slots;
    this.leases = leases;
    this.target = target;
    this.most = most;
  }

  /**
   * Returns when the snapshot is committed, with the bytes it holds, or -1 where it was there.
   *
   * @param below is done when the parent is committed
   */
  long run(Transfer packed, CompletableFuture<?> below, Consumer<Step> steps)
      throws IOException, InterruptedException {
    if (exists(drivers, target.driver(), target.chain())) {
      packed.awaitComplete();
      return -1;
    }
    if (!target.rebases()) {
      await(below);
    }
    String key =
        ACTIVE_PREFIX
            + target.chain().substring(target.chain().indexOf(':') + 1).substring(0, 12)
            + "-"
            + UUID.randomUUID().toString().substring(0, 8);
    try (Leases.Lease lease = leases.lease()) {
      lease.hold(Leases.snapshot(target.driver(), key));
      return fill(key, packed, below, steps);
    }
  }

  private long fill(String key, Transfer packed, CompletableFuture<?> below, Consumer<Step> steps)
      throws IOException, InterruptedException {
    boolean committed = false;
    Throwable failure = null;
    try {
      String start = target.rebases() ? null : target.parent();
      drivers.snapshotters().run(target.driver(), s -> s.prepare(key, start));
      long bytes = apply(key, packed, steps);
      packed.awaitComplete();
      await(below);
      committed = commit(key);
      steps.accept(Step.of("Pull complete"));
      return bytes;
    } catch (IOException | InterruptedException | RuntimeException | Error e) {
      failure = e;
      throw e;
    } finally {
      if (!committed) {
        drop(key, failure);
      }
    }
  }

  private long apply(String key, Transfer packed, Consumer<Step> steps)
      throws IOException, InterruptedException {
    try (Slots.Slot slot = slots.slot();
        Transfer.FollowStream bytes = packed.follow(slot)) {
      slot.acquire();
      MessageDigest hash = hashes.of(target.diffId());
      Bar bar = new Bar(bytes, packed, steps);
      Applied applied =
          drivers
              .differs()
              .use(
                  target.driver(),
                  differ -> {
                    try (InputStream unpacked = Decompression.open(bar)) {
                      InputStream tar = new HashingStream(new BoundedStream(unpacked, most), hash);
                      Applied done = differ.apply(key, tar);
                      tar.transferTo(OutputStream.nullOutputStream());
                      return done;
                    }
                  });
      String actual = HexFormat.of().formatHex(hash.digest());
      if (!actual.equals(target.diffId().hex())) {
        throw new EngineException(
            INVALID,
            "layer is not what its image says: expected diff id "
                + target.diffId()
                + ", got "
                + target.diffId().algorithm()
                + ":"
                + actual);
      }
      return applied.bytes();
    } catch (IOException | RuntimeException e) {
      if (!Failures.isCancellation(e)) {
        blameSource(packed, e);
      }
      throw e;
    }
  }

  /**
   * Bytes that don't unpack are most often bytes that were damaged on the way, and the digest will
   * say so: then that is the error to show. A full disk is not made better by waiting.
   */
  private void blameSource(Transfer packed, Exception e) throws IOException, InterruptedException {
    boolean packing =
        e instanceof ZipException
            || e instanceof EOFException
            || e instanceof XZIOException
            || e instanceof ZstdIOException;
    if (packing || (e instanceof EngineException refusal && refusal.kind() == INVALID)) {
      packed.awaitComplete();
    }
    if (packing) {
      throw new EngineException(
          INVALID, "layer " + target.diffId() + " does not unpack: " + e.getMessage(), e);
    }
  }

  private boolean commit(String key) throws IOException {
    try {
      drivers
          .snapshotters()
          .run(target.driver(), s -> s.commit(target.chain(), key, target.parent()));
      return true;
    } catch (EngineException e) {
      if (e.kind() == CONFLICT && exists(drivers, target.driver(), target.chain())) {
        return false; // made by somebody else meanwhile; ours is dropped
      }
      throw e;
    }
  }

  private void drop(String key, @Nullable Throwable failure) {
    boolean interrupted = Thread.interrupted(); // interruptible channels would refuse to clean up
    try {
      drivers.snapshotters().run(target.driver(), s -> s.remove(key));
    } catch (IOException | RuntimeException e) {
      boolean gone = e instanceof EngineException refusal && refusal.kind() == NOT_FOUND;
      if (failure != null && !gone) {
        failure.addSuppressed(e);
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  static boolean exists(Drivers drivers, String driver, String chain) throws IOException {
    return drivers
        .snapshotters()
        .use(driver, s -> s.stat(chain))
        .filter(info -> info.kind() == SnapshotInfo.Kind.COMMITTED)
        .isPresent();
  }

  private static void await(CompletableFuture<?> other) throws IOException, InterruptedException {
    try {
      other.get();
    } catch (ExecutionException e) {
      throw Failures.rethrow(e.getCause());
    }
  }

  /** Shows how much is unpacked, once nothing is left to download: a layer has one bar. */
  private static final class Bar extends FilterInputStream {
    private final Transfer.FollowStream bytes;
    private final Transfer packed;
    private final Throttle throttle;

    Bar(Transfer.FollowStream bytes, Transfer packed, Consumer<Step> steps) {
      super(bytes);
      this.bytes = bytes;
      this.packed = packed;
      this.throttle = new Throttle(steps, "Extracting", packed.size());
    }

    @Override
    public int read(byte[] into, int from, int length) throws IOException {
      int n = super.read(into, from, length);
      if (n > 0 && packed.isComplete()) {
        throttle.at(bytes.position());
      }
      return n;
    }
  }
}
