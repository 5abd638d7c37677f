package dev.felucca.engine.state;

import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.Digest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.metatype.annotations.Designate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the engine keeps things: the data root for what lasts, the run directory for what a reboot
 * may forget. While it is there, no other engine can use either of them.
 */
@Component(service = Directories.class, configurationPid = "dev.felucca.engine")
@Designate(ocd = EngineConfig.class)
public final class Directories implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Directories.class);

  private static final String DEFAULT_DATA_ROOT = "/var/lib/felucca";

  private final Path dataRoot;
  private final Path runDir;
  private final String id;
  private final List<DirectoryLock> locks = new ArrayList<>();

  @Activate
  public Directories(BundleContext context, EngineConfig config) {
    this(
        choose(config.dataRoot(), context.getProperty("felucca.data-root"), DEFAULT_DATA_ROOT),
        choose(config.runDir(), context.getProperty("felucca.run-dir"), "/run/felucca"));
  }

  /**
   * Makes both directories where missing and locks them.
   *
   * @throws dev.felucca.kernel.EngineException CONFLICT when another engine has one of them
   */
  public Directories(Path dataRoot, Path runDir) {
    this.dataRoot = dataRoot.toAbsolutePath().normalize();
    this.runDir = runDir.toAbsolutePath().normalize();
    try {
      // 0711: whoever has a volume's path may walk to it, nobody has to list them. Storage shuts
      // its own directory: what containers make setuid is there.
      var mode = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx--x--x"));
      Files.createDirectories(this.dataRoot, mode);
      Files.createDirectories(this.runDir, mode);
      locks.add(DirectoryLock.take(this.dataRoot, "data root", "felucca.data-root"));
      if (!this.runDir.equals(this.dataRoot)) {
        locks.add(DirectoryLock.take(this.runDir, "run directory", "felucca.run-dir"));
      }
      this.id = readOrMakeId();
    } catch (RuntimeException e) {
      locks.forEach(DirectoryLock::close);
      throw e;
    } catch (IOException e) {
      locks.forEach(DirectoryLock::close);
      throw new UncheckedIOException("data root " + this.dataRoot + ": " + e.getMessage(), e);
    }
  }

  private static Path choose(String configured, @Nullable String property, String otherwise) {
    if (!configured.isEmpty()) {
      return Path.of(configured);
    }
    return Path.of(property == null || property.isEmpty() ? otherwise : property);
  }

  private String readOrMakeId() throws IOException {
    Path file = dataRoot.resolve("engine-id");
    Optional<String> there = IdFile.read(file);
    if (there.isPresent()) {
      return there.get();
    }
    String made = UUID.randomUUID().toString();
    IdFile.write(file, made);
    return made;
  }

  public Path dataRoot() {
    return dataRoot;
  }

  public Path runDir() {
    return runDir;
  }

  /** Never changes for this data root, but where its file is damaged. */
  public String id() {
    return id;
  }

  /**
   * Names what this engine makes on the host: nothing for the default data root, else eight digits
   * of its hash.
   */
  public String mark() {
    return dataRoot.equals(Path.of(DEFAULT_DATA_ROOT))
        ? ""
        : Digest.sha256(dataRoot.toString().getBytes(StandardCharsets.UTF_8)).hex().substring(0, 8);
  }

  public Path containers() {
    return dataRoot.resolve("containers");
  }

  public Path container(ContainerId container) {
    return containers().resolve(container.hex());
  }

  /** A container's own directory for what a reboot may forget. */
  public Path running(ContainerId container) {
    return runDir.resolve("c").resolve(container.hex()); // short: a socket path has 108 bytes
  }

  /**
   * Directories don't move under running containers: another setting counts from the next start on.
   */
  @Modified
  void modified(EngineConfig config) {
    if (!choose(config.dataRoot(), null, dataRoot.toString()).equals(dataRoot)
        || !choose(config.runDir(), null, runDir.toString()).equals(runDir)) {
      LOG.warn("the new data root or run directory is used from the engine's next start on");
    }
  }

  @Deactivate
  @Override
  public void close() {
    locks.forEach(DirectoryLock::close);
  }
}
