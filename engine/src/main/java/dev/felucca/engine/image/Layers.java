package dev.felucca.engine.image;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.engine.content.Hashes;
import dev.felucca.engine.driver.Drivers;
import dev.felucca.kernel.Digest;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.image.ContentStore;
import dev.felucca.kernel.image.Descriptor;
import dev.felucca.kernel.image.ImageReference;
import dev.felucca.kernel.storage.Snapshotter;
import dev.felucca.kernel.transport.Credentials;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Brings layers into the content store and into a storage driver: several at a time, each unpacked
 * while it arrives, each once however many want it.
 */
final class Layers implements AutoCloseable {
  /** One layer: its packed blob and the digest of its tar. */
  record Layer(Descriptor blob, Digest diffId) {}

  /** Where blobs that aren't here come from. */
  record Source(ImageReference repository, @Nullable Credentials credentials) {}

  /** Hears of each layer, by its index. */
  interface Listener {
    void step(int layer, Step step);
  }

  /** As Docker has it: more than overlay can mount on every kernel helps nobody. */
  static final int DEEPEST = 127;

  /** Of a layer that needs nothing. */
  static final Step THERE = Step.of("Already exists");

  private final ContentStore store;
  private final Hashes hashes;
  private final Drivers drivers;
  private final Leases leases;
  private final Slots slots;
  private final int parallel;
  private final long layerBytes;
  private final ExecutorService downloading;
  private final Shared<Digest, Boolean> downloads;
  private final Shared<String, Long> unpacks;

  Layers(
      ContentStore store, Hashes hashes, Drivers drivers, Leases leases, ImageCore.Limits limits) {
    this.store = store;
    this.hashes = hashes;
    this.drivers = drivers;
    this.leases = leases;
    this.parallel = limits.downloads();
    this.layerBytes = limits.layerBytes();
    slots = new Slots(Math.max(2, Runtime.getRuntime().availableProcessors()));
    AtomicInteger number = new AtomicInteger();
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            parallel,
            parallel,
            5,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            task -> thread("download-" + number.incrementAndGet(), task));
    pool.allowCoreThreadTimeOut(true);
    downloading = pool;
    downloads = new Shared<>(pool);
    AtomicInteger unpackNumber = new AtomicInteger();
    // A thread each: most of the time they wait for bytes, for the layer below or for a slot.
    unpacks =
        new Shared<>(task -> thread("unpack-" + unpackNumber.incrementAndGet(), task).start());
  }

  static ThreadFactory named(String prefix) {
    AtomicInteger number = new AtomicInteger();
    return task -> thread(prefix + number.incrementAndGet(), task);
  }

  static Thread thread(String name, Runnable task) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    return thread;
  }

  /**
   * Returns when every layer is committed in {@code driver}, and its blob here, where there is a
   * source. None of it lasts yet: whoever builds on the snapshots settles them first.
   *
   * @param lease is made to hold all that is brought before it is looked for
   * @param source null unpacks only, from what is here
   * @return the bytes that each layer's files take, or -1 for those that were there
   */
  List<Long> bring(
      List<Layer> layers,
      @Nullable Source source,
      String driver,
      Leases.Lease lease,
      Listener listener)
      throws IOException {
    if (layers.size() > DEEPEST) {
      throw new EngineException(
          INVALID, "max depth exceeded: the image has more than " + DEEPEST + " layers");
    }
    List<String> chain = Chains.of(layers.stream().map(Layer::diffId).toList());
    for (int i = 0; i < layers.size(); i++) {
      BoundedStream.check(layers.get(i).blob().size(), layerBytes);
      lease.hold(Leases.blob(layers.get(i).blob().digest()));
      lease.hold(Leases.snapshot(driver, chain.get(i)));
    }
    boolean rebases = drivers.snapshotters().use(driver, Snapshotter::rebases);
    int unpacked = layers.size();
    while (unpacked > 0 && !LayerUnpack.exists(drivers, driver, chain.get(unpacked - 1))) {
      unpacked--;
    }
    boolean[] here = new boolean[layers.size()];
    for (int i = 0; i < layers.size(); i++) {
      here[i] = source == null || store.size(layers.get(i).blob().digest()).isPresent();
      listener.step(i, i < unpacked && here[i] ? THERE : Step.of("Pulling fs layer"));
    }
    List<Shared.Ticket<?>> tickets = new ArrayList<>();
    try {
      List<CompletableFuture<Long>> results = new ArrayList<>();
      CompletableFuture<?> below = CompletableFuture.completedFuture(null);
      Batch batch = new Batch();
      for (int i = 0; i < layers.size(); i++) {
        int layer = i;
        Consumer<Step> steps = step -> listener.step(layer, step);
        if (!here[i] && source != null) {
          boolean last = i < unpacked;
          Shared.Ticket<Boolean> download = join(layers.get(i), source, steps);
          tickets.add(download);
          batch.add(download.result());
          if (last) {
            batch.add(
                download.result().thenRun(() -> listener.step(layer, Step.of("Pull complete"))));
          }
        }
        if (i < unpacked) {
          results.add(CompletableFuture.completedFuture(-1L));
          continue;
        }
        LayerUnpack.Target target =
            new LayerUnpack.Target(
                driver,
                rebases,
                chain.get(i),
                i == 0 ? null : chain.get(i - 1),
                layers.get(i).diffId());
        Shared.Ticket<Long> unpack =
            unpack(target, layers.get(i), here[i] ? null : source, below, steps);
        tickets.add(unpack);
        batch.add(unpack.result());
        results.add(unpack.result());
        below = unpack.result();
      }
      batch.await();
      return results.stream().map(CompletableFuture::join).toList();
    } catch (InterruptedException e) {
      throw Failures.interrupted("the pull");
    } finally {
      // From the top: a layer's work waits for the one below.
      for (int i = tickets.size() - 1; i >= 0; i--) {
        tickets.get(i).close();
      }
    }
  }

  /** Begins to unpack what is only being written; null where the driver cannot. */
  @Nullable LayerAhead ahead(String driver, Leases.Lease lease, Transfer tar) throws IOException {
    return LayerAhead.begin(drivers, slots, driver, lease, tar);
  }

  private Shared.Ticket<Boolean> join(Layer layer, Source source, Consumer<Step> steps)
      throws InterruptedException {
    return downloads.join(
        layer.blob().digest(),
        downloads.size() < parallel ? null : Step.of("Waiting"),
        steps,
        new BlobDownload(
            store, drivers.transports(), source.repository(), layer.blob(), source.credentials()));
  }

  /** The work joins the download itself: who began it may let go of both while others wait on. */
  private Shared.Ticket<Long> unpack(
      LayerUnpack.Target target,
      Layer layer,
      @Nullable Source source,
      CompletableFuture<?> below,
      Consumer<Step> steps)
      throws InterruptedException {
    LayerUnpack work = new LayerUnpack(drivers, hashes, slots, leases, target, layerBytes);
    Digest digest = layer.blob().digest();
    return unpacks.join(
        target.driver() + " " + target.chain(),
        null,
        steps,
        tell -> {
          if (source == null) {
            return work.run(Transfer.of(store, digest, layer.blob().size()), below, tell);
          }
          try (Shared.Ticket<Boolean> download = join(layer, source, step -> {})) {
            return work.run(((BlobDownload) download.work()).transfer(), below, tell);
          }
        });
  }

  /** Waits for all, and no longer than until the first failure. */
  private static final class Batch {
    private final CompletableFuture<Void> failed = new CompletableFuture<>();
    private final List<CompletableFuture<?>> all = new ArrayList<>();

    void add(CompletableFuture<?> one) {
      all.add(one);
      one.whenComplete(
          (value, failure) -> {
            if (failure != null) {
              failed.completeExceptionally(failure);
            }
          });
    }

    void await() throws IOException, InterruptedException {
      CompletableFuture<Void> whole =
          CompletableFuture.allOf(all.toArray(new CompletableFuture<?>[0]));
      try {
        CompletableFuture.anyOf(whole, failed).get();
      } catch (ExecutionException e) {
        Throwable cause = e.getCause();
        while (cause instanceof CompletionException && cause.getCause() != null) {
          cause = cause.getCause();
        }
        throw Failures.rethrow(cause);
      }
    }
  }

  @Override
  public void close() {
    downloading.shutdownNow();
  }
}
