package dev.felucca.engine.image;

import dev.felucca.kernel.Digest;
import dev.felucca.kernel.Platform;
import dev.felucca.kernel.image.ImageArchives;
import dev.felucca.kernel.image.ImageDetails;
import dev.felucca.kernel.image.ImportRequest;
import dev.felucca.kernel.image.ProgressListener;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Images in archives. */
@Component(service = ImageArchives.class)
public final class ImageArchiveService implements ImageArchives {
  private final ImageCore core;

  @Activate
  public ImageArchiveService(@Reference ImageCore core) {
    this.core = core;
  }

  @Override
  public void save(List<String> references, @Nullable Platform platform, OutputStream tar)
      throws IOException {
    try (Leases.Lease lease = core.leases.lease()) {
      for (Digest id : new ArchiveSave(core, lease).save(references, platform, tar)) {
        core.tell("save", id.toString(), id.toString());
      }
    }
  }

  @Override
  public List<ImageDetails> load(
      InputStream archive, @Nullable Platform platform, ProgressListener progress)
      throws IOException {
    return new ArchiveLoad(core, progress).load(archive, platform);
  }

  @Override
  public ImageDetails importTar(
      ImportRequest request, @Nullable InputStream tar, ProgressListener progress)
      throws IOException {
    if (tar != null) {
      return new ImageImport(core).run(request, tar);
    }
    try (InputStream fetched = new Fetch(progress).open(request.source())) {
      return new ImageImport(core).run(request, fetched);
    }
  }
}
