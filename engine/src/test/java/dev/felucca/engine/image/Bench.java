package dev.felucca.engine.image;

import dev.felucca.engine.content.Hashes;
import dev.felucca.engine.driver.Drivers;
import dev.felucca.kernel.event.Event;
import dev.felucca.kernel.event.EventBus;
import dev.felucca.kernel.image.ImageDetails;
import dev.felucca.kernel.image.ImageReference;
import dev.felucca.kernel.image.ProgressListener.Progress;
import dev.felucca.kernel.image.PullRequest;
import dev.felucca.registry.client.RegistryClient;
import dev.felucca.registry.client.RegistrySettings;
import dev.felucca.tck.transport.FakeRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** An image service on real sockets and real files, over storage in memory. */
final class Bench implements AutoCloseable {
  final FakeRegistry registry = new FakeRegistry();
  final FakeStorage storage;
  final Drivers drivers = new Drivers();
  final ImageUse use = new ImageUse();
  final List<Event> events = new CopyOnWriteArrayList<>();
  final List<Progress> steps = new CopyOnWriteArrayList<>();
  private final RegistryClient client =
      new RegistryClient(
          new RegistrySettings(
              Set.of(), Duration.ofSeconds(2), Duration.ofSeconds(1), 3, Duration.ofMillis(20)),
          "test");
  private final Path root;
  private final long layerBytes;
  ImageCore core;
  ImageService images;
  ImageArchiveService archives;
  ImageRegistryService registries;
  ImageUpkeepService upkeep;

  Bench(Path root, boolean rebases) throws IOException {
    this(root, rebases, 0);
  }

  /**
   * @param layerBytes how large a layer may be; 0 for any size
   */
  Bench(Path root, boolean rebases, long layerBytes) throws IOException {
    this.root = root;
    this.layerBytes = layerBytes;
    storage = new FakeStorage("fake", rebases);
    use.register(id -> List.of());
    drivers.bindSnapshotter(storage);
    drivers.bindDiffer(storage);
    drivers.bindTransport(client);
    images = open();
  }

  private ImageService open() throws IOException {
    core =
        new ImageCore(
            root,
            drivers,
            () -> "fake",
            use,
            new Recorder(),
            new Hashes(),
            new ImageCore.Limits(3, 5, layerBytes));
    archives = new ImageArchiveService(core);
    upkeep = new ImageUpkeepService(core);
    ImageService service = new ImageService(core);
    registries = new ImageRegistryService(core, service);
    return service;
  }

  void stop() {
    core.close();
  }

  /** As if the engine ended and began again. */
  void restart() throws IOException {
    core.close();
    images = open();
  }

  ImageReference reference(String rest) {
    return ImageReference.parse(registry.address() + "/" + rest);
  }

  ImageDetails pull(String rest) throws IOException {
    return images.pull(new PullRequest(reference(rest), null, null), steps::add);
  }

  List<String> statuses(@Nullable String id) {
    List<String> found = new ArrayList<>();
    for (Progress step : steps) {
      if (Objects.equals(step.id(), id)
          && (found.isEmpty() || !found.get(found.size() - 1).equals(step.status()))) {
        found.add(step.status());
      }
    }
    return found;
  }

  List<String> files(String directory) throws IOException {
    try (var all = Files.walk(root.resolve(directory))) {
      return all.filter(Files::isRegularFile)
          .map(f -> f.getFileName().toString())
          .sorted()
          .toList();
    }
  }

  Path root() {
    return root;
  }

  @Override
  public void close() {
    core.close();
    client.close();
    registry.close();
  }

  private final class Recorder implements EventBus {
    @Override
    public void publish(Event event) {
      events.add(event);
    }

    @Override
    public Subscription subscribe(
        @Nullable Instant since,
        @Nullable Instant until,
        Map<String, List<String>> filters,
        Consumer<Event> listener,
        Runnable ended) {
      throw new UnsupportedOperationException();
    }
  }
}
