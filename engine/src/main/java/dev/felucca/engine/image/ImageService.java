package dev.felucca.engine.image;

import static dev.felucca.kernel.EngineException.Kind.INTERNAL;
import static dev.felucca.kernel.EngineException.Kind.INVALID;
import static dev.felucca.kernel.EngineException.Kind.NOT_FOUND;

import dev.felucca.engine.content.FileContentStore;
import dev.felucca.engine.driver.DefaultDrivers;
import dev.felucca.engine.driver.Drivers;
import dev.felucca.engine.state.DamagedStateException;
import dev.felucca.engine.state.Directories;
import dev.felucca.kernel.Digest;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.event.Event;
import dev.felucca.kernel.event.EventBus;
import dev.felucca.kernel.image.Descriptor;
import dev.felucca.kernel.image.ImageDetails;
import dev.felucca.kernel.image.ImageReference;
import dev.felucca.kernel.image.Images;
import dev.felucca.kernel.image.ProgressListener;
import dev.felucca.kernel.image.PullRequest;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The images of this engine. */
@Component(service = {Images.class, ImageSnapshots.class})
public final class ImageService implements Images, ImageSnapshots, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ImageService.class);
  private static final int PARALLEL_DOWNLOADS = 3;
  private static final Duration ABANDONED = Duration.ofHours(24);

  private final FileContentStore content;
  private final EventBus events;
  private final ImageStore images;
  private final ImageLookup lookup;
  private final ImageFilters filters;
  private final ImageRemoval removal;
  private final Leases leases = new Leases();
  private final Layers layers;
  private final ImagePull pulls;
  private final Garbage garbage;
  private final Map<Digest, ImageConfigs.ImageConfig> configs = new ConcurrentHashMap<>();
  private final ThreadPoolExecutor sweeper =
      new ThreadPoolExecutor(
          1, 1, 5, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), ImageService::sweeperThread);

  @Activate
  public ImageService(
      @Reference Directories directories,
      @Reference Drivers drivers,
      @Reference DefaultDrivers defaults,
      @Reference ImageUse use,
      @Reference EventBus events)
      throws IOException {
    this(directories.dataRoot(), drivers, defaults::storage, use, events, PARALLEL_DOWNLOADS);
  }

  /**
   * @param storage the driver that pulled images are unpacked for
   * @param parallel how many blobs are downloaded at once
   */
  ImageService(
      Path dataRoot,
      Drivers drivers,
      Supplier<String> storage,
      ImageUse use,
      EventBus events,
      int parallel)
      throws IOException {
    this.events = events;
    content = new FileContentStore(dataRoot.resolve("content"));
    images = new ImageStore(dataRoot, this::damaged);
    lookup = new ImageLookup(images);
    filters = new ImageFilters(lookup, this::details);
    removal =
        new ImageRemoval(
            images, lookup, use, (action, id) -> tell(action, id.toString(), id.toString()));
    layers = new Layers(content, drivers, leases, parallel);
    pulls = new ImagePull(content, drivers, storage, layers, leases, images);
    garbage = new Garbage(content, drivers, leases, images);
    sweeper.allowCoreThreadTimeOut(true);
    sweepSoon(
        () -> {
          content.abortOlderThan(ABANDONED);
          garbage.sweep();
        });
    drivers.snapshotters().onArrival(name -> sweepSoon(() -> garbage.sweepSnapshots(name)));
  }

  private static Thread sweeperThread(Runnable task) {
    Thread thread = new Thread(task, "image-sweeper");
    thread.setDaemon(true);
    return thread;
  }

  private interface Sweep {
    void run() throws IOException;
  }

  private void sweepSoon(Sweep sweep) {
    if (sweeper.isShutdown()) {
      return;
    }
    sweeper.execute(
        () -> {
          try {
            sweep.run();
          } catch (IOException | RuntimeException e) {
            if (!sweeper.isShutdown()) {
              LOG.warn("what no image needs could not be removed", e);
            }
          }
        });
  }

  @Deactivate
  @Override
  public void close() {
    sweeper.shutdownNow();
    layers.close();
  }

  private void damaged(DamagedStateException e) {
    LOG.error("{}", e.getMessage());
    events.publish(
        new Event(
            "daemon",
            "state-damaged",
            String.valueOf(e.aside().getFileName()),
            Map.of("file", e.aside().toString(), "reason", String.valueOf(e.getMessage())),
            Instant.now()));
  }

  private void tell(String action, String id, String name) {
    events.publish(new Event("image", action, id, Map.of("name", name), Instant.now()));
  }

  @Override
  public ImageDetails pull(PullRequest request, ProgressListener progress) throws IOException {
    ImageDetails image;
    try {
      image = pulls.pull(request, progress, this::details);
    } catch (IOException e) {
      if (Failures.isCancellation(e) && !(e instanceof InterruptedIOException)) {
        throw Failures.interrupted("the pull");
      }
      throw e;
    }
    ImageReference reference = request.reference().withDefaultTag();
    tell("pull", reference.familiar(), reference.familiarName());
    return image;
  }

  @Override
  public ImageDetails inspect(String reference) {
    return details(lookup.find(reference));
  }

  @Override
  public List<ImageDetails> list(boolean all, Map<String, List<String>> wanted) {
    Predicate<ImageDetails> predicate = filters.predicate(wanted);
    List<ImageDetails> found = new ArrayList<>();
    for (ImageRecord image : images.images()) {
      boolean intermediate =
          images.references(image.id()).isEmpty() && !images.children(image.id()).isEmpty();
      if (intermediate && !all) {
        continue;
      }
      ImageDetails details;
      try {
        details = details(image);
      } catch (EngineException e) {
        LOG.warn("{}", e.getMessage()); // one damaged image doesn't hide the others
        continue;
      }
      ImageDetails shown = predicate.test(details) ? filters.references(details, wanted) : null;
      if (shown != null) {
        found.add(shown);
      }
    }
    Comparator<ImageDetails> byAge =
        Comparator.comparing(image -> image.created() == null ? Instant.EPOCH : image.created());
    found.sort(byAge.reversed().thenComparing(ImageDetails::id));
    return found;
  }

  @Override
  public void tag(String reference, ImageReference name) throws IOException {
    ImageRecord image = lookup.find(reference);
    ImageReference full = name.withDefaultTag();
    if (full.digest() != null) {
      throw new EngineException(INVALID, "refusing to create a tag with a digest reference");
    }
    if (!images.name(new ReferenceRecord(full.toString(), image.id(), null, Instant.now()))) {
      throw new EngineException(NOT_FOUND, "No such image: " + reference);
    }
    tell("tag", image.id().toString(), full.familiar());
  }

  @Override
  public List<Removed> remove(String reference, boolean force, boolean prune) throws IOException {
    ImageRemoval.Outcome outcome = removal.remove(reference, force, prune);
    for (ImageRecord gone : outcome.gone()) {
      configs.remove(gone.id());
      garbage.sweep(gone);
    }
    for (Digest target : outcome.targets()) {
      garbage.sweepBlobs(List.of(target));
    }
    return outcome.steps();
  }

  @Override
  public Top hold(ImageDetails image, String storageDriver) throws IOException {
    ImageRecord record = lookup.find(image.id().toString());
    List<Layers.Layer> all =
        record.layers().stream()
            .map(
                layer ->
                    new Layers.Layer(
                        Descriptor.of(
                            layer.blob().mediaType(), layer.blob().digest(), layer.blob().size()),
                        layer.diffId()))
            .toList();
    Leases.Lease lease = leases.lease();
    try {
      layers.bring(all, null, storageDriver, lease, (layer, step) -> {});
      List<String> chain = record.chain();
      return new HeldTop(lease, chain.isEmpty() ? null : chain.get(chain.size() - 1));
    } catch (IOException | RuntimeException | Error e) {
      lease.close();
      throw e;
    }
  }

  private record HeldTop(Leases.Lease lease, @Nullable String key) implements Top {
    @Override
    public void close() {
      lease.close();
    }
  }

  private ImageDetails details(ImageRecord image) {
    ImageConfigs.ImageConfig config = configs.computeIfAbsent(image.id(), this::readConfig);
    List<ReferenceRecord> references = images.references(image.id());
    Function<Boolean, List<String>> names =
        digests ->
            references.stream()
                .map(reference -> ImageReference.parse(reference.name()))
                .filter(name -> (name.digest() != null) == digests)
                .map(ImageReference::familiar)
                .sorted()
                .toList();
    ImageRecord.Blob target =
        references.stream()
            .map(ReferenceRecord::target)
            .filter(blob -> blob != null)
            .findFirst()
            .orElse(image.manifest());
    return new ImageDetails(
        image.id(),
        image.parent(),
        target == null ? null : Descriptor.of(target.mediaType(), target.digest(), target.size()),
        names.apply(false),
        names.apply(true),
        config.created(),
        config.author(),
        config.comment(),
        config.platform(),
        config.config(),
        config.diffIds(),
        config.history(),
        image.bytes(),
        references.stream()
            .map(ReferenceRecord::tagged)
            .max(Comparator.naturalOrder())
            .orElse(null));
  }

  private ImageConfigs.ImageConfig readConfig(Digest id) {
    try {
      return ImageConfigs.parse(Blobs.read(content, id), "image " + id);
    } catch (IOException e) {
      throw new EngineException(INTERNAL, "read configuration of image " + id, e);
    }
  }
}
