package dev.felucca.rest.fake;

import static dev.felucca.kernel.EngineException.Kind.NOT_FOUND;

import dev.felucca.kernel.Digest;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.Platform;
import dev.felucca.kernel.image.ImageDetails;
import dev.felucca.kernel.image.ImageReference;
import dev.felucca.kernel.image.Images;
import dev.felucca.kernel.image.ProgressListener;
import dev.felucca.kernel.image.ProgressListener.Progress;
import dev.felucca.kernel.image.PullRequest;
import dev.felucca.kernel.image.RunConfig;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One image, called {@code fake}. */
public final class FakeImages implements Images {
  public static final Digest ID = Digest.sha256("fake".getBytes());
  public final CountDownLatch interrupted = new CountDownLatch(1);
  public volatile @Nullable PullRequest pulled;

  @Override
  public ImageDetails pull(PullRequest request, ProgressListener progress) throws IOException {
    pulled = request;
    String tag = request.reference().tag();
    if (request.reference().path().endsWith("nosuch")) {
      throw new EngineException(
          NOT_FOUND, "manifest for " + request.reference().familiar() + " not found");
    }
    progress.progress(
        Progress.of(String.valueOf(tag), "Pulling from " + request.reference().path()));
    progress.progress(Progress.of("0123456789ab", "Pulling fs layer"));
    if ("hang".equals(tag)) {
      try {
        TimeUnit.MINUTES.sleep(5);
      } catch (InterruptedException e) {
        interrupted.countDown();
        throw new IOException("interrupted", e);
      }
    }
    for (int i = 0; i <= 1000; i++) {
      progress.progress(new Progress("0123456789ab", "Downloading", i * 1000L, 1_000_000));
    }
    if ("broken".equals(tag)) {
      throw new IOException("layer 0123456789ab: wrong digest");
    }
    progress.progress(Progress.of("0123456789ab", "Pull complete"));
    progress.progress(Progress.line("Digest: " + ID));
    progress.progress(
        Progress.line("Status: Downloaded newer image for " + request.reference().familiar()));
    return inspect("fake");
  }

  @Override
  public ImageDetails inspect(String reference) {
    if (!reference.equals("fake") && !reference.equals(ID.toString())) {
      throw new EngineException(NOT_FOUND, "No such image: " + reference);
    }
    return new ImageDetails(
        ID,
        null,
        null,
        List.of("fake:latest"),
        List.of(),
        Instant.parse("2026-01-01T00:00:00.500Z"),
        "me",
        "",
        Platform.parse("linux/amd64"),
        new RunConfig(
            null,
            Set.of("80/tcp"),
            List.of("PATH=/bin"),
            null,
            List.of("sh"),
            Set.of(),
            "/",
            Map.of(),
            null,
            null,
            null,
            List.of()),
        List.of(Digest.sha256("layer".getBytes())),
        List.of(),
        4_500_000,
        Instant.parse("2026-01-01T00:00:01Z"));
  }

  @Override
  public List<ImageDetails> list(boolean all, Map<String, List<String>> filters) {
    return List.of(inspect("fake"));
  }

  @Override
  public void tag(String reference, ImageReference name) {
    inspect(reference);
  }

  @Override
  public List<Removed> remove(String reference, boolean force, boolean prune) {
    inspect(reference);
    return List.of(new Removed("fake:latest", null), new Removed(null, ID.toString()));
  }
}
