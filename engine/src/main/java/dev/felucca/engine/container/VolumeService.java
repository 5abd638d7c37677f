package dev.felucca.engine.container;

import dev.felucca.engine.volume.EngineVolumes;
import dev.felucca.kernel.storage.Usage;
import dev.felucca.kernel.volume.VolumeDetails;
import dev.felucca.kernel.volume.VolumeRequest;
import dev.felucca.kernel.volume.Volumes;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * Volumes for clients, from the moment on that the containers of an earlier engine are known:
 * before that every volume would seem to be nobody's, and might be removed.
 */
@Component
public final class VolumeService implements Volumes {
  private final EngineVolumes volumes;

  @Activate
  public VolumeService(@Reference EngineVolumes volumes, @Reference Adoption adopted) {
    this.volumes = volumes;
  }

  @Override
  public VolumeDetails create(VolumeRequest request) throws IOException {
    return volumes.create(request);
  }

  @Override
  public List<VolumeDetails> list(Map<String, List<String>> filters) throws IOException {
    return volumes.list(filters);
  }

  @Override
  public VolumeDetails inspect(String name) throws IOException {
    return volumes.inspect(name);
  }

  @Override
  public void remove(String name, boolean force) throws IOException {
    volumes.remove(name, force);
  }

  @Override
  public Pruned prune(Map<String, List<String>> filters) throws IOException {
    return volumes.prune(filters);
  }

  @Override
  public Usage usage(String name) throws IOException {
    return volumes.usage(name);
  }
}
