package dev.felucca.engine.container;

import dev.felucca.engine.image.ImageSnapshots;
import dev.felucca.kernel.Digest;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.Platform;
import dev.felucca.kernel.image.ImageDetails;
import dev.felucca.kernel.image.ImageReference;
import dev.felucca.kernel.image.Images;
import dev.felucca.kernel.image.ProgressListener;
import dev.felucca.kernel.image.PullRequest;
import dev.felucca.kernel.image.RunConfig;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** One image, called {@code busybox}, with nothing in it. */
final class FakeImages implements Images, ImageSnapshots {
  private final ImageDetails busybox =
      new ImageDetails(
          Digest.sha256("busybox".getBytes(StandardCharsets.UTF_8)),
          null,
          null,
          List.of("busybox:latest"),
          List.of(),
          null,
          "",
          "",
          Platform.host(),
          new RunConfig(
              null,
              Set.of(),
              List.of(),
              null,
              List.of("sh"),
              Set.of(),
              null,
              Map.of(),
              null,
              null,
              null,
              List.of()),
          List.of(),
          List.of(),
          0,
          null);

  @Override
  public ImageDetails inspect(String reference) {
    if (!reference.equals("busybox") && !reference.equals(busybox.id().toString())) {
      throw new EngineException(EngineException.Kind.NOT_FOUND, "No such image: " + reference);
    }
    return busybox;
  }

  @Override
  public List<ImageDetails> list(boolean all, Map<String, List<String>> filters) {
    return List.of(busybox);
  }

  @Override
  public Top hold(ImageDetails image, String storageDriver) {
    return new Top() {
      @Override
      public String key() {
        return "image-busybox";
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public ImageDetails pull(PullRequest request, ProgressListener progress) {
    throw new AssertionError("nobody pulls here");
  }

  @Override
  public void tag(String reference, ImageReference name) {
    throw new AssertionError("nobody tags here");
  }

  @Override
  public List<Removed> remove(String reference, boolean force, boolean prune) {
    throw new AssertionError("nobody removes images here");
  }
}
