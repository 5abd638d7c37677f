package dev.felucca.engine.container;

import static dev.felucca.kernel.EngineException.Kind.CONFLICT;
import static dev.felucca.kernel.EngineException.Kind.NOT_FOUND;

import dev.felucca.engine.image.Decompression;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.IdMapping;
import dev.felucca.kernel.container.ContainerDetails;
import dev.felucca.kernel.container.ContainerFiles;
import dev.felucca.kernel.container.MountPoint;
import dev.felucca.kernel.storage.Mount;
import dev.felucca.kernel.storage.PathStat;
import dev.felucca.kernel.storage.RootFiles;
import dev.felucca.kernel.storage.RootFiles.Receiver;
import dev.felucca.kernel.storage.RootView;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Files of containers: through a running one's own root, or through its mounts put together. */
@Component
public final class FileService implements ContainerFiles {
  private static final String FILES = "linux";

  private static final int END_PATIENCE_SECONDS = 10;

  private final Core core;
  private final VolumeMounts volumes;
  private final ImageMounts images;

  /** What is done with a container's root. */
  private interface Work<T> {
    T on(RootFiles files, RootView view) throws IOException;
  }

  @Activate
  public FileService(@Reference Core core, @Reference Adoption adopted) {
    this.core = core;
    this.volumes = new VolumeMounts(core);
    this.images = new ImageMounts(core);
  }

  @Override
  public PathStat stat(String ref, String path) throws IOException {
    return with(ref, core.index.resolve(ref), path, (files, view) -> files.stat(view, path));
  }

  @Override
  public void get(String ref, String path, String as, Receiver receiver) throws IOException {
    Container container = core.index.resolve(ref);
    with(
        ref,
        container,
        path,
        (files, view) -> {
          files.get(view, path, as, receiver);
          return true;
        });
    core.publish(container, "archive-path", Map.of("path", path));
  }

  @Override
  public void put(String ref, String path, InputStream tar, boolean keepKinds) throws IOException {
    Container container = core.index.resolve(ref);
    try (InputStream plain = Decompression.open(tar)) {
      with(
          ref,
          container,
          path,
          (files, view) -> {
            files.put(view, path, plain, keepKinds);
            return true;
          });
    }
    core.publish(container, "extract-to-dir", Map.of("path", path));
  }

  private <T> T with(String ref, Container container, String path, Work<T> work)
      throws IOException {
    try {
      return with(container, work);
    } catch (EngineException e) {
      if (e.kind() == NOT_FOUND) {
        throw new EngineException(
            NOT_FOUND, "Could not find the file " + path + " in container " + ref, e);
      }
      throw e;
    }
  }

  private <T> T with(Container container, Work<T> work) throws IOException {
    RunRecord run = container.run();
    IdMapping users = container.record().hostConfig().users();
    if (run != null && run.confirmed()) {
      CompletableFuture<?> exit = container.nextExit();
      try {
        return core.drivers
            .rootFiles()
            .use(FILES, files -> work.on(files, RootView.running(run.pid(), users)));
      } catch (EngineException e) {
        // It ends just now: nothing was copied yet, and soon its root can be had without it.
        if (e.kind() != CONFLICT || !over(container, run, exit)) {
          throw e;
        }
        return with(container, work);
      }
    }
    // Nobody may start it meanwhile: its snapshot can be mounted once at a time.
    try (Lane.Hold hold = container.lane.enter("copying files", container.name())) {
      RunRecord meanwhile = container.run();
      if (meanwhile == null || !meanwhile.confirmed()) {
        ContainerDetails details = container.details();
        Undo letGo = new Undo();
        try {
          volumes.ready(details, letGo);
          images.ready(details);
          RootView view = view(container.record(), details);
          return core.drivers.rootFiles().use(FILES, files -> work.on(files, view));
        } finally {
          letGo.run(new IOException("volumes of " + details.name() + " could not be let go"));
        }
      }
    }
    // Not with the lane in hand, which the end of the run needs.
    return with(container, work);
  }

  /** Waits for the end of a run whose process is gone to be noticed. */
  private static boolean over(Container container, RunRecord run, CompletableFuture<?> exit) {
    if (container.run() == run) {
      try {
        exit.get(END_PATIENCE_SECONDS, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      } catch (ExecutionException | TimeoutException e) {
        return false;
      }
    }
    return true;
  }

  private RootView view(ContainerRecord record, ContainerDetails details) throws IOException {
    List<Mount> root =
        core.drivers
            .snapshotters()
            .use(record.drivers().storage(), storage -> storage.mounts(record.snapshotKey()));
    MountWords.makeSources(details);
    List<RootView.Placed> over = new ArrayList<>();
    for (MountPoint mount : details.mounts()) {
      if (ImageMounts.is(mount)) {
        over.add(
            new RootView.Placed(
                images.shown(details, mount),
                mount.destination(),
                images.isDirectory(details, mount)));
      } else if (!mount.type().equals("tmpfs")) {
        Path source = Path.of(mount.source()).resolve(mount.subpath());
        over.add(
            new RootView.Placed(
                MountWords.view(mount, record.hostConfig().users()),
                mount.destination(),
                Files.isDirectory(source)));
      }
    }
    RunFiles.ready(details);
    RunFiles.mounts(details, details)
        .forEach(file -> over.add(new RootView.Placed(file.mount(), file.target(), false)));
    IdMapping users = record.hostConfig().users();
    return new RootView(0, MountWords.owned(root, users), over, users);
  }
}
