package dev.felucca.bench;

import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.isolation.ContainerMount;
import dev.felucca.kernel.isolation.ContainerSpec;
import dev.felucca.kernel.isolation.ExitStatus;
import dev.felucca.kernel.isolation.IsolationDriver;
import dev.felucca.kernel.isolation.Namespaces;
import dev.felucca.kernel.isolation.OutputPositions;
import dev.felucca.kernel.isolation.OutputSink;
import dev.felucca.kernel.isolation.OutputStreamKind;
import dev.felucca.kernel.isolation.ProcessSpec;
import dev.felucca.kernel.isolation.Resources;
import dev.felucca.kernel.isolation.Security;
import dev.felucca.kernel.storage.Mount;
import dev.felucca.kernel.storage.Snapshotter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The isolation driver and the storage driver, called as the engine calls them. */
final class Ours implements Contender {
  private static final long SHM = 64L << 20;

  private final String name;
  private final IsolationDriver driver;
  private final Snapshotter storage;
  private final String image;
  private final Path work;
  private final @Nullable String seccomp;

  /**
   * @param image the committed snapshot that containers stand on
   * @param seccomp as in {@link Security#seccomp}
   */
  Ours(
      String name,
      IsolationDriver driver,
      Snapshotter storage,
      String image,
      Path work,
      @Nullable String seccomp) {
    this.name = name;
    this.driver = driver;
    this.storage = storage;
    this.image = image;
    this.work = work;
    this.seccomp = seccomp;
  }

  @Override
  public List<String> series() {
    return Stream.of("", " + delete", ": create", ": start", ": exit seen")
        .map(part -> name + part)
        .toList();
  }

  @Override
  public Start ready() throws IOException {
    ContainerId id = ContainerId.random();
    storage.prepare(id.hex(), image);
    Path folder = Files.createDirectories(work.resolve(id.hex()));
    ContainerSpec spec = spec(id, storage.mounts(id.hex()), folder);
    return new Start() {
      @Override
      public long[] run() throws Exception {
        long begin = System.nanoTime();
        driver.create(spec);
        long created = System.nanoTime();
        driver.follow(id, OutputPositions.START, new Discarded());
        driver.start(id);
        long started = System.nanoTime();
        ExitStatus end = driver.exitOf(id).toCompletableFuture().get(30, TimeUnit.SECONDS);
        long exited = System.nanoTime();
        driver.delete(id);
        long deleted = System.nanoTime();
        if (end.code() != 0) {
          throw new IOException(name + ": exit code " + end.code());
        }
        return new long[] {
          exited - begin, deleted - begin, created - begin, started - created, exited - started
        };
      }

      @Override
      public void clean() throws IOException {
        driver.delete(id);
        storage.remove(id.hex());
        Directories.delete(folder);
      }
    };
  }

  private ContainerSpec spec(ContainerId id, List<Mount> root, Path folder) throws IOException {
    Path files = EtcFiles.write(folder.resolve("etc"));
    List<ContainerMount> mounts =
        EtcFiles.NAMES.stream()
            .map(file -> new ContainerMount(Mount.bind(files.resolve(file), false), "/etc/" + file))
            .toList();
    ProcessSpec process =
        new ProcessSpec(
            List.of("/bin/true"),
            List.of("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
            "/",
            "",
            List.of(),
            false,
            null);
    return new ContainerSpec(
        id,
        root,
        false,
        Files.createDirectories(folder.resolve("scratch")),
        process,
        id.hex().substring(0, 12),
        "",
        mounts,
        Namespaces.all(),
        security(),
        Resources.NONE,
        Map.of(),
        SHM,
        false,
        null,
        false,
        Map.of());
  }

  private Security security() {
    return new Security(
        false, List.of(), List.of(), seccomp, false, null, null, null, null, List.of(), List.of(),
        List.of(), null);
  }

  @Override
  public void close() {}

  private static final class Discarded implements OutputSink {
    private OutputPositions positions = OutputPositions.START;

    @Override
    public CompletionStage<OutputPositions> accept(
        OutputStreamKind stream, long position, ByteBuffer bytes) {
      long end = position + bytes.remaining();
      positions =
          stream == OutputStreamKind.STDOUT
              ? new OutputPositions(end, positions.stderr())
              : new OutputPositions(positions.stdout(), end);
      return CompletableFuture.completedFuture(positions);
    }

    @Override
    public void ended() {}
  }
}
