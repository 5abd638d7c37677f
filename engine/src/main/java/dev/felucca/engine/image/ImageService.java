package dev.felucca.engine.image;

import static dev.felucca.kernel.EngineException.Kind.INVALID;
import static dev.felucca.kernel.EngineException.Kind.NOT_FOUND;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.image.ImageDetails;
import dev.felucca.kernel.image.ImageReference;
import dev.felucca.kernel.image.Images;
import dev.felucca.kernel.image.ProgressListener;
import dev.felucca.kernel.image.PullRequest;
import dev.felucca.kernel.storage.Snapshotter;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The images of this engine. */
@Component(service = {Images.class, ImageSnapshots.class})
public final class ImageService implements Images, ImageSnapshots {
  private static final Logger LOG = LoggerFactory.getLogger(ImageService.class);

  private final ImageCore core;
  private final ImageFilters filters;
  private final ImageRemoval removal;
  private final ImagePull pulls;

  @Activate
  public ImageService(@Reference ImageCore core) {
    this.core = core;
    filters = new ImageFilters(core.lookup, core.descriptions::of);
    removal = new ImageRemoval(core);
    pulls = new ImagePull(core);
  }

  @Override
  public ImageDetails pull(PullRequest request, ProgressListener progress) throws IOException {
    ImageDetails image;
    try {
      image = pulls.pull(request, progress, core.descriptions::of);
    } catch (IOException e) {
      if (Failures.isCancellation(e) && !(e instanceof InterruptedIOException)) {
        throw Failures.interrupted("the pull");
      }
      throw e;
    }
    ImageReference reference = request.reference().withDefaultTag();
    core.tell("pull", reference.familiar(), reference.familiarName());
    return image;
  }

  @Override
  public ImageDetails inspect(String reference) {
    return core.descriptions.of(core.lookup.find(reference));
  }

  @Override
  public List<ImageDetails> list(boolean all, Map<String, List<String>> wanted) {
    Predicate<ImageDetails> predicate = filters.predicate(wanted);
    List<ImageDetails> found = new ArrayList<>();
    for (ImageRecord image : core.images.images()) {
      boolean intermediate =
          core.images.references(image.id()).isEmpty()
              && !core.images.children(image.id()).isEmpty();
      if (intermediate && !all) {
        continue;
      }
      ImageDetails details;
      try {
        details = core.descriptions.of(image);
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
    ImageRecord image = core.lookup.find(reference);
    ImageReference full = name.withDefaultTag();
    if (full.digest() != null) {
      throw new EngineException(INVALID, "refusing to create a tag with a digest reference");
    }
    if (full.familiar().startsWith("sha256:")) {
      throw new EngineException(
          INVALID, "refusing to create an ambiguous tag using digest algorithm as name");
    }
    if (!core.images.name(new ReferenceRecord(full, image.id(), null))) {
      throw new EngineException(NOT_FOUND, "No such image: " + reference);
    }
    core.tell("tag", image.id().toString(), full.familiar());
  }

  @Override
  public List<Removed> remove(String reference, boolean force, boolean prune) throws IOException {
    ImageRemoval.Outcome outcome = removal.remove(reference, force, prune);
    removal.collect(outcome);
    return outcome.steps();
  }

  @Override
  public Top hold(ImageDetails image, String storageDriver) throws IOException {
    ImageRecord record = core.lookup.find(image.id().toString());
    Leases.Lease lease = core.leases.lease();
    try {
      core.layers.bring(record.packed(), null, storageDriver, lease, (layer, step) -> {});
      // Layers that others have just committed may not last yet, either.
      core.drivers.snapshotters().run(storageDriver, Snapshotter::settle);
      core.images.used(record.id());
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
}
