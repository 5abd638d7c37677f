package dev.felucca.engine.image;

import dev.felucca.engine.content.FileContentStore;
import dev.felucca.engine.content.Hashes;
import dev.felucca.engine.driver.DefaultDrivers;
import dev.felucca.engine.driver.Drivers;
import dev.felucca.engine.state.DamageReport;
import dev.felucca.engine.state.Directories;
import dev.felucca.engine.state.Settings;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.event.Event;
import dev.felucca.kernel.event.EventBus;
import dev.felucca.kernel.storage.Snapshotter;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What all that is done with images stands on: blobs, records, names, layers, and the sweeper. */
@Component(service = ImageCore.class)
public final class ImageCore implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ImageCore.class);
  private static final Duration ABANDONED = Duration.ofHours(24);
  private static final String UNSWEPT = "what no image needs could not be removed";

  final Hashes hashes;
  final FileContentStore content;
  final Drivers drivers;
  final Supplier<String> storage;
  final ImageUse use;
  final ImageStore images;
  final ImageLookup lookup;
  final Leases leases = new Leases();
  final Layers layers;
  final Garbage garbage;
  final Descriptions descriptions;
  final Recording recording;
  final Limits limits;
  private final EventBus events;
  private final ThreadPoolExecutor upkeep =
      new ThreadPoolExecutor(
          1, 1, 5, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), ImageCore::upkeepThread);

  /**
   * @param downloads how many blobs are downloaded at once
   * @param uploads how many layers are uploaded at once
   * @param layerBytes how large a layer may be, packed or not; 0 for any size
   */
  record Limits(int downloads, int uploads, long layerBytes) {
    Limits(int downloads, int uploads) {
      this(downloads, uploads, 0);
    }
  }

  @Activate
  public ImageCore(
      @Reference Directories directories,
      @Reference Drivers drivers,
      @Reference DefaultDrivers defaults,
      @Reference Settings settings,
      @Reference ImageUse use,
      @Reference EventBus events,
      @Reference Hashes hashes)
      throws IOException {
    this(
        directories.dataRoot(),
        drivers,
        defaults::storage,
        use,
        events,
        hashes,
        new Limits(
            Math.max(1, settings.now().maxConcurrentDownloads()),
            Math.max(1, settings.now().maxConcurrentUploads()),
            Math.max(0, settings.now().layerMaxBytes())));
  }

  /**
   * @param storage the driver that images are unpacked for
   */
  ImageCore(
      Path dataRoot,
      Drivers drivers,
      Supplier<String> storage,
      ImageUse use,
      EventBus events,
      Hashes hashes,
      Limits limits)
      throws IOException {
    this.drivers = drivers;
    this.storage = storage;
    this.use = use;
    this.events = events;
    this.limits = limits;
    this.hashes = hashes;
    content = new FileContentStore(dataRoot.resolve("content"), hashes);
    images = new ImageStore(dataRoot, new DamageReport(events));
    lookup = new ImageLookup(images);
    layers = new Layers(content, hashes, drivers, leases, limits);
    garbage = new Garbage(content, drivers, leases, images);
    content.afterBoot(garbage.neededBlobs());
    content.abortUnnamed();
    descriptions = new Descriptions(content, images);
    recording = new Recording(drivers, images, content, this::settleSoon);
    upkeep.allowCoreThreadTimeOut(true);
    soon(
        UNSWEPT,
        () -> {
          content.abortOlderThan(ABANDONED);
          garbage.sweep();
        });
    drivers.snapshotters().onArrival(name -> soon(UNSWEPT, () -> garbage.sweepSnapshots(name)));
  }

  private static Thread upkeepThread(Runnable task) {
    Thread thread = new Thread(task, "image-upkeep");
    thread.setDaemon(true);
    return thread;
  }

  /** Something to be done when nobody waits for it. */
  private interface Chore {
    void run() throws IOException;
  }

  private void soon(String failure, Chore chore) {
    if (upkeep.isShutdown()) {
      return;
    }
    upkeep.execute(
        () -> {
          try {
            chore.run();
          } catch (IOException | RuntimeException e) {
            if (!upkeep.isShutdown()) {
              LOG.warn(failure, e);
            }
          }
        });
  }

  private void settleSoon() {
    soon(
        "the unpacked layers of an image are not known to be on disk",
        () -> {
          for (String driver : drivers.snapshotters().names()) {
            try {
              drivers.snapshotters().run(driver, Snapshotter::settle);
            } catch (EngineException e) {
              if (e.kind() != EngineException.Kind.UNAVAILABLE) {
                throw e;
              }
            }
          }
        });
  }

  @Deactivate
  @Override
  public void close() {
    upkeep.shutdownNow();
    layers.close();
  }

  /**
   * Publishes an event of an image, with its labels while it is there.
   *
   * @param id its digest, or the name by which it was asked for
   */
  void tell(String action, String id, String name) {
    tell(action, id, name, labels(id));
  }

  /** None of an image that is not there. */
  Map<String, String> labels(String id) {
    try {
      return descriptions.of(lookup.find(id)).config().labels();
    } catch (EngineException gone) {
      return Map.of();
    }
  }

  void tell(String action, String id, String name, Map<String, String> labels) {
    Map<String, String> attributes = new HashMap<>(labels);
    attributes.put("name", name);
    events.publish(new Event("image", action, id, attributes, Instant.now()));
  }

  /** Publishes that images were pruned. */
  void tellPruned(long bytes) {
    events.publish(
        new Event("image", "prune", "", Map.of("reclaimed", Long.toString(bytes)), Instant.now()));
  }
}
