package dev.felucca.engine.container;

import dev.felucca.engine.network.ResolvConf;
import dev.felucca.kernel.EngineException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has running containers follow the host's resolv.conf(5): a laptop that is carried to another
 * network asks other name servers there. A look is one stat(2); the file is read when that has
 * changed, which also sees one that is a link to another's, as systemd-resolved's.
 */
final class HostResolvers implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(HostResolvers.class);
  private static final Duration PERIOD = Duration.ofSeconds(1);

  private final Core core;
  private final ContainerNames names;
  private @Nullable Stamp stamp;
  private String text;
  private volatile boolean over;

  /** What tells one state of the file from another. */
  private record Stamp(Object key, long modified, long size) {}

  HostResolvers(Core core) throws IOException {
    this.core = core;
    this.names = new ContainerNames(core);
    this.stamp = stamp();
    this.text = ContainerNames.hostFile();
    again();
  }

  private void again() {
    core.workers.after(PERIOD, this::look);
  }

  /** One at a time: the next is asked for at the end. */
  private void look() {
    if (over) {
      return;
    }
    try {
      Stamp now = stamp();
      if (now != null && !now.equals(stamp)) {
        changed();
        stamp = now;
      }
    } catch (IOException e) {
      LOG.warn("the host's name servers: {}", e.getMessage());
    } finally {
      again();
    }
  }

  private static @Nullable Stamp stamp() throws IOException {
    try {
      BasicFileAttributes file =
          Files.readAttributes(ContainerNames.HOST_FILE, BasicFileAttributes.class);
      return new Stamp(
          String.valueOf(file.fileKey()), file.lastModifiedTime().toMillis(), file.size());
    } catch (NoSuchFileException e) {
      return null; // between two, or for good: the servers of before are the best guess
    }
  }

  private void changed() throws IOException {
    String now = ContainerNames.hostFile();
    // Names no server while it is being written, and while the host is in no network at all.
    if (now.equals(text) || !ResolvConf.namesServers(now)) {
      return;
    }
    String before = text;
    text = now;
    for (Container container : core.index.all()) {
      // Each by itself: one that hangs keeps no other waiting.
      core.workers.execute(() -> follow(container, before));
    }
  }

  private void follow(Container container, String before) {
    try (Lane.Hold hold = container.lane.enterAtLast("name servers")) {
      RunRecord run = container.run();
      if (run != null && container.status().alive()) {
        names.hostChanged(container.details(), run, before);
      }
    } catch (IOException | EngineException e) {
      LOG.warn("name servers of container {}: {}", container.name(), e.getMessage());
    }
  }

  @Override
  public void close() {
    over = true;
  }
}
