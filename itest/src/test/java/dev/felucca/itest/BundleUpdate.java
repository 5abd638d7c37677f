package dev.felucca.itest;

import static org.junit.Assert.assertNotEquals;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.lang.ref.WeakReference;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarInputStream;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkEvent;
import org.osgi.framework.Version;
import org.osgi.framework.wiring.BundleWiring;
import org.osgi.framework.wiring.FrameworkWiring;

/** Brings a newer build of an installed bundle into the running framework. */
final class BundleUpdate {
  private final BundleContext framework;

  BundleUpdate(BundleContext framework) {
    this.framework = framework;
  }

  Bundle bundle(String symbolicName) {
    for (Bundle each : framework.getBundles()) {
      if (each.getSymbolicName().equals(symbolicName)) {
        return each;
      }
    }
    throw new AssertionError(symbolicName + " is not installed");
  }

  /**
   * Updates the bundle to the same classes with the next version, and has the framework forget the
   * old ones.
   *
   * @return the class loader of the build that went
   */
  WeakReference<ClassLoader> toNewerBuild(Bundle bundle)
      throws BundleException, IOException, InterruptedException {
    WeakReference<ClassLoader> old =
        new WeakReference<>(bundle.adapt(BundleWiring.class).getClassLoader());
    Version before = bundle.getVersion();
    Path newer = newerBuild(bundle);
    try (InputStream in = Files.newInputStream(newer)) {
      bundle.update(in);
    } finally {
      Files.delete(newer);
    }
    CountDownLatch refreshed = new CountDownLatch(1);
    framework
        .getBundle(Constants.SYSTEM_BUNDLE_LOCATION)
        .adapt(FrameworkWiring.class)
        .refreshBundles(
            List.of(bundle),
            event -> {
              if (event.getType() == FrameworkEvent.PACKAGES_REFRESHED) {
                refreshed.countDown();
              }
            });
    assertTrue("bundles are refreshed", refreshed.await(20, TimeUnit.SECONDS));
    assertNotEquals(before, bundle.getVersion());
    return old;
  }

  private static Path newerBuild(Bundle bundle) throws IOException {
    Version now = bundle.getVersion();
    Version next = new Version(now.getMajor(), now.getMinor(), now.getMicro() + 1);
    Path newer = Files.createTempFile("newer", ".jar");
    try (JarInputStream in =
        new JarInputStream(URI.create(bundle.getLocation()).toURL().openStream())) {
      Manifest manifest = new Manifest(in.getManifest());
      Attributes main = manifest.getMainAttributes();
      main.putValue(Constants.BUNDLE_VERSION, next.toString());
      try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(newer), manifest)) {
        for (JarEntry entry = in.getNextJarEntry(); entry != null; entry = in.getNextJarEntry()) {
          out.putNextEntry(new JarEntry(entry.getName()));
          in.transferTo(out);
        }
      }
    }
    return newer;
  }
}
