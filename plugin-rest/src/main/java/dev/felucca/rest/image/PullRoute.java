package dev.felucca.rest.image;

import static dev.felucca.kernel.EngineException.Kind.INVALID;
import static dev.felucca.kernel.EngineException.Kind.NOT_IMPLEMENTED;

import dev.felucca.kernel.Digest;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.Platform;
import dev.felucca.kernel.image.ImageReference;
import dev.felucca.kernel.image.Images;
import dev.felucca.kernel.image.PullRequest;
import dev.felucca.rest.KernelServices;
import dev.felucca.rest.http.Exchange;
import dev.felucca.rest.http.Query;
import java.io.IOException;

/** {@code POST /images/create}: a pull. A client that leaves cancels it. */
final class PullRoute {
  private final KernelServices services;

  PullRoute(KernelServices services) {
    this.services = services;
  }

  void pull(Exchange exchange) {
    Query query = exchange.request().query();
    if (!query.text("fromSrc").isEmpty()) {
      throw new EngineException(
          NOT_IMPLEMENTED, "importing an image is not supported by this engine");
    }
    String platform = query.text("platform");
    PullRequest request =
        new PullRequest(
            reference(query.text("fromImage"), query.text("tag")),
            platform.isEmpty() ? null : Platform.parse(platform),
            RegistryAuth.read(exchange.request().header("X-Registry-Auth")));
    Images images = services.images();
    PullStream stream = new PullStream(exchange);
    Interruption interruption = new Interruption();
    exchange.whenGone(interruption::interrupt);
    try {
      images.pull(request, stream);
    } catch (IOException | RuntimeException e) {
      interruption.over();
      stream.failed(e);
      return;
    }
    interruption.over();
    stream.succeeded();
  }

  private static ImageReference reference(String image, String tag) {
    if (image.isEmpty()) {
      throw new EngineException(INVALID, "invalid reference format");
    }
    ImageReference reference = ImageReference.parse(image);
    if (!tag.isEmpty()) {
      return tag.indexOf(':') >= 0
          ? reference.withDigest(Digest.parse(tag))
          : reference.withTag(tag);
    }
    if (reference.tag() == null && reference.digest() == null) {
      throw new EngineException(
          NOT_IMPLEMENTED,
          "pulling all tags of " + reference.familiar() + " is not supported: name a tag");
    }
    return reference;
  }

  /** Interrupts the thread it was made on, and never after the work is over. */
  private static final class Interruption {
    private final Thread worker = Thread.currentThread();
    private boolean over;

    synchronized void interrupt() {
      if (!over) {
        worker.interrupt();
      }
    }

    synchronized void over() {
      over = true;
    }
  }
}
