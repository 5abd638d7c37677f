package dev.felucca.compat.drivers;

import dev.felucca.kernel.volume.VolumeDriver;
import dev.felucca.tck.fake.FakeVolumes;
import java.nio.file.Path;
import java.util.Hashtable;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;

/** A volume driver that is dropped into a running engine: FakeVolumes of the tck, by the name "plain". */
public final class VolumesActivator implements BundleActivator {
  @Override
  public void start(BundleContext context) {
    Path root = Path.of(context.getProperty("felucca.data-root"), "plain-volumes");
    context.registerService(VolumeDriver.class, new FakeVolumes("plain", root), new Hashtable<>());
  }

  @Override
  public void stop(BundleContext context) {
    // The framework takes back what was registered.
  }
}
