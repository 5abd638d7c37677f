package dev.felucca.engine.image;

import dev.felucca.engine.state.EngineConfig;
import dev.felucca.engine.state.Settings;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps what images take within the bounds of the settings, when there are any: those that no
 * container was made from go, the one longest unused first.
 */
@Component(service = ImageBounds.class, immediate = true)
public final class ImageBounds {
  private static final Logger LOG = LoggerFactory.getLogger(ImageBounds.class);
  private static final long EVERY_MINUTES = 10;

  /** Who has just pulled an image is about to use it. */
  private static final Duration FRESH = Duration.ofMinutes(15);

  private final ImageCore core;
  private final Unused unused;
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(Layers.named("image-bounds-"));

  @Activate
  public ImageBounds(@Reference ImageCore core, @Reference Settings settings) {
    this(core);
    thread.scheduleWithFixedDelay(
        () -> {
          EngineConfig now = settings.now();
          try {
            keep(
                Duration.ofHours(Math.max(0, now.imageMaxAge())),
                Math.max(0, now.imageMaxBytes()),
                FRESH);
          } catch (IOException | RuntimeException e) {
            LOG.warn("images could not be kept within their bounds", e);
          }
        },
        EVERY_MINUTES,
        EVERY_MINUTES,
        TimeUnit.MINUTES);
  }

  ImageBounds(ImageCore core) {
    this.core = core;
    unused = new Unused(core);
  }

  @Deactivate
  void stop() {
    thread.shutdownNow();
  }

  private record Candidate(ImageRecord image, Instant lastUsed) {}

  /**
   * @param age of what goes for being unused so long; zero sets no bound
   * @param bytes that all layers may take; 0 sets no bound
   * @param fresh of what stays in any case
   */
  void keep(Duration age, long bytes, Duration fresh) throws IOException {
    if (age.isZero() && bytes == 0) {
      return;
    }
    Instant now = Instant.now();
    List<Candidate> candidates = new ArrayList<>();
    for (ImageRecord image : core.images.images()) {
      candidates.add(new Candidate(image, core.images.lastUsed(image.id())));
    }
    candidates.sort(Comparator.comparing(Candidate::lastUsed));
    for (Candidate one : candidates) {
      Duration idle = Duration.between(one.lastUsed(), now);
      boolean old = !age.isZero() && idle.compareTo(age) > 0;
      boolean tooMuch = bytes > 0 && taken() > bytes;
      if ((old || tooMuch) && idle.compareTo(fresh) >= 0 && !unused.remove(one.image()).isEmpty()) {
        LOG.info(
            "image {} is removed: unused for {}{}",
            one.image().id(),
            idle,
            old ? "" : ", and images take more than " + bytes + " bytes");
      }
    }
  }

  private long taken() {
    Map<String, Long> layers = new HashMap<>();
    for (ImageRecord image : core.images.images()) {
      List<String> chain = image.chain();
      for (int i = 0; i < chain.size(); i++) {
        layers.put(chain.get(i), image.layers().get(i).bytes());
      }
    }
    return layers.values().stream().mapToLong(Long::longValue).sum();
  }
}
