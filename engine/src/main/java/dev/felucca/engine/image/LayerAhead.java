package dev.felucca.engine.image;

import static dev.felucca.kernel.EngineException.Kind.CONFLICT;
import static dev.felucca.kernel.EngineException.Kind.NOT_FOUND;

import dev.felucca.engine.driver.Drivers;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.storage.Applied;
import dev.felucca.kernel.storage.Snapshotter;
import java.io.IOException;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * A layer that is unpacked while its tar is still being written: what it is called is known only
 * when the tar is whole and hashed. Nobody sees it before {@link #commit}, and what is never
 * committed is removed.
 */
final class LayerAhead implements AutoCloseable {
  private final Drivers drivers;
  private final String driver;
  private final String key;
  private final Transfer tar;
  private final CompletableFuture<Applied> applied = new CompletableFuture<>();
  private boolean committed;

  private LayerAhead(Drivers drivers, String driver, String key, Transfer tar) {
    this.drivers = drivers;
    this.driver = driver;
    this.key = key;
    this.tar = tar;
  }

  /** Null where the driver puts layers on their parents only; the lease holds what it makes. */
  static @Nullable LayerAhead begin(
      Drivers drivers, Slots slots, String driver, Leases.Lease lease, Transfer tar)
      throws IOException {
    if (!drivers.snapshotters().use(driver, Snapshotter::rebases)) {
      return null;
    }
    String key = LayerUnpack.ACTIVE_PREFIX + "ahead-" + UUID.randomUUID();
    lease.hold(Leases.snapshot(driver, key));
    LayerAhead ahead = new LayerAhead(drivers, driver, key, tar);
    Layers.thread("unpack-ahead", () -> ahead.run(slots)).start();
    return ahead;
  }

  private void run(Slots slots) {
    try (Slots.Slot slot = slots.slot();
        Transfer.FollowStream bytes = tar.follow(slot)) {
      slot.acquire();
      drivers.snapshotters().run(driver, s -> s.prepare(key, null));
      applied.complete(drivers.differs().use(driver, differ -> differ.apply(key, bytes)));
    } catch (IOException | InterruptedException | RuntimeException | Error e) {
      applied.completeExceptionally(e);
    }
  }

  /**
   * Gives it its name, on a parent that is there.
   *
   * @return the bytes its files take, or -1 where there was a snapshot of that name
   */
  long commit(String chain, @Nullable String parent) throws IOException {
    try {
      long bytes = applied.get().bytes();
      drivers.snapshotters().run(driver, s -> s.commit(chain, key, parent));
      committed = true;
      return bytes;
    } catch (EngineException e) {
      if (e.kind() == CONFLICT && LayerUnpack.exists(drivers, driver, chain)) {
        return -1;
      }
      throw e;
    } catch (ExecutionException e) {
      try {
        throw Failures.rethrow(e.getCause());
      } catch (InterruptedException interrupted) {
        throw Failures.interrupted("unpacking");
      }
    } catch (InterruptedException e) {
      throw Failures.interrupted("unpacking");
    }
  }

  /** Waits for the thread, which ends with the tar or with its failure. */
  @Override
  public void close() throws IOException {
    tar.fail(new IOException("the layer is not wanted any more")); // nothing, when it is whole
    boolean interrupted = false;
    while (true) {
      try {
        applied.handle((done, failure) -> true).get();
        break;
      } catch (InterruptedException e) {
        interrupted = true; // the removal below must not happen under its hands
      } catch (ExecutionException e) {
        throw new IllegalStateException(e);
      }
    }
    try {
      if (!committed) {
        drop();
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void drop() throws IOException {
    try {
      drivers.snapshotters().run(driver, s -> s.remove(key));
    } catch (EngineException e) {
      if (e.kind() != NOT_FOUND) {
        throw e;
      }
    }
  }
}
