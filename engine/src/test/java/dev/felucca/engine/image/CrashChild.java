package dev.felucca.engine.image;

import dev.felucca.engine.content.Hashes;
import dev.felucca.engine.driver.Drivers;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.event.Event;
import dev.felucca.kernel.event.EventBus;
import dev.felucca.kernel.image.ImageReference;
import dev.felucca.kernel.image.ImportRequest;
import dev.felucca.kernel.image.PullRequest;
import dev.felucca.registry.client.RegistryClient;
import dev.felucca.registry.client.RegistrySettings;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A process that pulls, loads, imports, prunes and removes images until it is killed. */
public final class CrashChild implements EventBus {
  private CrashChild() {}

  /**
   * @param args data root, registry, seed, number of images, an archive
   */
  public static void main(String[] args) throws IOException {
    Drivers drivers = new Drivers();
    FakeStorage storage = new FakeStorage("fake", true);
    drivers.bindSnapshotter(storage);
    drivers.bindDiffer(storage);
    drivers.bindTransport(new RegistryClient(RegistrySettings.DEFAULTS, "test"));
    ImageCore core =
        new ImageCore(
            Path.of(args[0]),
            drivers,
            () -> "fake",
            unused(),
            new CrashChild(),
            new Hashes(),
            new ImageCore.Limits(3, 5));
    ImageService images = new ImageService(core);
    ImageArchiveService archives = new ImageArchiveService(core);
    ImageUpkeepService upkeep = new ImageUpkeepService(core);
    Random random = new Random(Long.parseLong(args[2]));
    System.out.println("ready");
    while (true) {
      String name = args[1] + "/app" + (1 + random.nextInt(Integer.parseInt(args[3])));
      ImageReference reference = ImageReference.parse(name);
      switch (random.nextInt(6)) {
        case 0 -> {
          try {
            images.remove(name, true, true);
          } catch (EngineException e) {
            if (e.kind() != EngineException.Kind.NOT_FOUND) {
              throw e;
            }
          }
        }
        case 1 -> {
          try (InputStream in = Files.newInputStream(Path.of(args[4]))) {
            archives.load(in, null, step -> {});
          }
        }
        case 2 -> {
          byte[] tar = new byte[50_000 + random.nextInt(50_000)];
          archives.importTar(
              new ImportRequest(ImageReference.parse("imported:x"), "-", null, List.of(), null),
              new ByteArrayInputStream(tar),
              step -> {});
        }
        case 3 -> upkeep.prune(Map.of("dangling", List.of(String.valueOf(random.nextBoolean()))));
        default -> images.pull(new PullRequest(reference, null, null), step -> {});
      }
    }
  }

  private static ImageUse unused() {
    ImageUse use = new ImageUse();
    use.register(id -> List.of());
    return use;
  }

  @Override
  public void publish(Event event) {}

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
