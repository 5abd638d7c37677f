package dev.felucca.rest.image;

import dev.felucca.kernel.Platform;
import dev.felucca.kernel.image.ImageDetails;
import dev.felucca.kernel.image.ImageReference;
import dev.felucca.kernel.image.ImportRequest;
import dev.felucca.kernel.image.ProgressListener.Progress;
import dev.felucca.rest.KernelServices;
import dev.felucca.rest.http.Exchange;
import dev.felucca.rest.http.Query;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;

/** {@code POST /images/create} with {@code fromSrc}: an import, of the body or of an address. */
final class ImportRoute {
  private final KernelServices services;

  ImportRoute(KernelServices services) {
    this.services = services;
  }

  void run(Exchange exchange) {
    Query query = exchange.request().query();
    String repository = query.text("repo");
    String tag = query.text("tag");
    ImageReference name = null;
    if (!repository.isEmpty()) {
      ImageReference given = ImageReference.parse(repository);
      name = tag.isEmpty() ? given.withDefaultTag() : given.withTag(tag);
    }
    String source = query.text("fromSrc");
    String platform = query.text("platform");
    List<String> changes = new ArrayList<>(query.all("changes"));
    ImportRequest request =
        new ImportRequest(
            name,
            source,
            query.get("message"),
            changes,
            platform.isEmpty() ? null : Platform.parse(platform));
    PullStream stream = new PullStream(exchange);
    try (Interruption interruption = new Interruption(exchange);
        InputStream body = exchange.upload()) {
      ImageDetails image =
          services.imageArchives().importTar(request, source.equals("-") ? body : null, stream);
      stream.progress(Progress.line(image.id().toString()));
    } catch (IOException | RuntimeException e) {
      stream.failed(e);
      return;
    }
    stream.succeeded();
  }
}
