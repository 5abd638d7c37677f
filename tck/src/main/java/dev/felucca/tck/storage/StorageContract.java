package dev.felucca.tck.storage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.storage.LayerDiffer;
import dev.felucca.kernel.storage.Snapshotter;
import dev.felucca.linux.LinuxSyscalls;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.Sysno;
import dev.felucca.linux.layer.Trees;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.function.Executable;

/** What both suites need: a driver on a directory of its own, and a look at its snapshots. */
public abstract class StorageContract {
  protected final Syscalls linux = LinuxSyscalls.load();
  protected Path root = Path.of("/nonexistent");

  @SuppressWarnings("NullAway.Init")
  protected Snapshotter snapshots;

  @SuppressWarnings("NullAway.Init")
  protected LayerDiffer layers;

  /** A driver on {@code root}, which may hold what an earlier one left there. */
  protected abstract Snapshotter create(Path root) throws IOException;

  /** The differ that belongs to the snapshotter; the same object unless overridden. */
  protected LayerDiffer differ(Snapshotter snapshotter) {
    return (LayerDiffer) snapshotter;
  }

  @BeforeEach
  void begin() throws IOException {
    assumeTrue(linux.call(Sysno.GETEUID) == 0, "making devices and mounts needs root");
    root = Files.createTempDirectory(Path.of("target").toAbsolutePath(), "storage-");
    start();
    Optional<String> reason = snapshots.unusable();
    assumeTrue(reason.isEmpty(), () -> reason.orElse(""));
  }

  @AfterEach
  void end() throws IOException {
    // Not by the JDK's walk: paths here are longer than it can name.
    new Trees(linux).remove(root);
  }

  /** Starts the driver anew on what is there. */
  protected void start() throws IOException {
    snapshots = create(root);
    layers = differ(snapshots);
  }

  protected SeenTree see(String key) throws IOException {
    return new SeenTree(linux, snapshots.mounts(key));
  }

  /** Makes and commits a layer. */
  protected void layer(String name, @Nullable String parent, TarBytes tar) throws IOException {
    snapshots.prepare(name + ".new", parent);
    layers.apply(name + ".new", tar.stream());
    snapshots.commit(name, name + ".new", parent);
    snapshots.settle();
  }

  /** As {@link #layer}, unpacked without its parent where the driver can. */
  protected void sideLayer(String name, @Nullable String parent, TarBytes tar) throws IOException {
    snapshots.prepare(name + ".new", snapshots.rebases() ? null : parent);
    layers.apply(name + ".new", tar.stream());
    snapshots.commit(name, name + ".new", parent);
    snapshots.settle();
  }

  protected static EngineException refused(EngineException.Kind kind, Executable call) {
    EngineException refusal = assertThrows(EngineException.class, call);
    assertEquals(kind, refusal.kind(), refusal::getMessage);
    return refusal;
  }
}
