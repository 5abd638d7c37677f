package dev.felucca.rest.image;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.kernel.Digest;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.Platform;
import dev.felucca.kernel.image.ImageReference;
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
      new ImportRoute(services).run(exchange);
      return;
    }
    String platform = query.text("platform");
    PullRequest request =
        new PullRequest(
            reference(query.text("fromImage"), query.text("tag")),
            platform.isEmpty() ? null : Platform.parse(platform),
            RegistryAuth.read(exchange.request().header("X-Registry-Auth")));
    PullStream stream = new PullStream(exchange);
    try (Interruption interruption = new Interruption(exchange)) {
      if (request.reference().tag() == null && request.reference().digest() == null) {
        services.imageRegistries().pullAllTags(request, stream);
      } else {
        services.images().pull(request, stream);
      }
    } catch (IOException | RuntimeException e) {
      stream.failed(e);
      return;
    }
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
    return reference;
  }
}
