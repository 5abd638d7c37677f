package dev.felucca.engine.container;

import static dev.felucca.kernel.EngineException.Kind.CONFLICT;

import dev.felucca.engine.image.ImageCommits;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.ContainerConfig;
import dev.felucca.kernel.container.ContainerState.Status;
import dev.felucca.kernel.image.ContainerImages;
import dev.felucca.kernel.image.ImageDetails;
import dev.felucca.kernel.image.RunConfig;
import dev.felucca.kernel.storage.Change;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** The file systems of containers as images and archives. */
@Component(service = ContainerImages.class)
public final class ContainerImageService implements ContainerImages {
  private final Core core;
  private final Lifecycle lifecycle;
  private final ImageCommits commits;

  @Activate
  public ContainerImageService(
      @Reference Core core, @Reference Lifecycle lifecycle, @Reference ImageCommits commits) {
    this.core = core;
    this.lifecycle = lifecycle;
    this.commits = commits;
  }

  @Override
  public ImageDetails commit(CommitRequest request) throws IOException {
    Container container = core.index.resolve(request.container());
    ContainerRecord record = container.record();
    RunConfig own = run(record.config());
    RunConfig asked = request.config();
    boolean paused = request.pause() && pause(container);
    ImageDetails image;
    try {
      ImageCommits.Source source =
          new ImageCommits.Source(
              record.drivers().storage(),
              record.snapshotKey(),
              record.imageId(),
              asked == null ? own : over(asked, own),
              createdBy(record.config()),
              MadePlaces.among(container.details(), allChanges(record)));
      image = commits.commit(source, request);
    } finally {
      if (paused) {
        unpause(container);
      }
    }
    core.publish(
        container,
        "commit",
        Map.of(
            "comment",
            request.message(),
            "imageID",
            image.id().toString(),
            "imageRef",
            request.name() == null ? "" : request.name().withDefaultTag().familiar()));
    return image;
  }

  /** False when it needs none: it does not run, or not any more. */
  private boolean pause(Container container) throws IOException {
    if (container.status() != Status.RUNNING) {
      return false;
    }
    try {
      lifecycle.pausing().holdStill(container);
      return true;
    } catch (EngineException e) {
      if (e.kind() == CONFLICT) {
        return false; // It has ended, or somebody else has paused it, since the look.
      }
      throw e;
    }
  }

  /** It may have ended, or been let go on by somebody else, meanwhile. */
  private void unpause(Container container) throws IOException {
    try {
      lifecycle.pausing().letGoOn(container);
    } catch (EngineException e) {
      if (e.kind() != CONFLICT) {
        throw e;
      }
    }
  }

  @Override
  public List<Change> changes(String ref) throws IOException {
    Container container = core.index.resolve(ref);
    return MadePlaces.without(container.details(), allChanges(container.record()));
  }

  private List<Change> allChanges(ContainerRecord record) throws IOException {
    return core.drivers
        .differs()
        .use(record.drivers().storage(), differ -> differ.changes(record.snapshotKey()));
  }

  @Override
  public void export(String ref, OutputStream tar) throws IOException {
    Container container = core.index.resolve(ref);
    ContainerRecord record = container.record();
    core.drivers
        .differs()
        .run(record.drivers().storage(), differ -> differ.export(record.snapshotKey(), tar));
    core.publish(container, "export");
  }

  private static String createdBy(ContainerConfig config) {
    return config.cmd() == null ? "" : String.join(" ", config.cmd());
  }

  private static RunConfig run(ContainerConfig config) {
    return new RunConfig(
        config.user(),
        config.exposedPorts(),
        config.env(),
        config.entrypoint(),
        config.cmd(),
        config.volumes(),
        config.workingDir(),
        config.labels(),
        config.stopSignal(),
        config.healthcheck(),
        config.shell(),
        config.onBuild());
  }

  /** What a client gives, where it gives something; lists and maps of both where they add up. */
  private static RunConfig over(RunConfig asked, RunConfig own) {
    ContainerConfig.Builder ours = ContainerConfig.builder();
    ours.user = text(asked.user());
    ours.exposedPorts = asked.exposedPorts();
    ours.env = asked.env();
    ours.entrypoint = asked.entrypoint();
    ours.cmd = asked.cmd();
    ours.volumes = asked.volumes();
    ours.workingDir = text(asked.workingDir());
    ours.labels = asked.labels();
    ours.stopSignal = asked.stopSignal();
    ours.healthcheck = asked.healthcheck();
    ours.shell = asked.shell();
    ours.onBuild = asked.onBuild();
    return run(ConfigMerge.merge(ours.build(), own));
  }

  private static String text(@Nullable String value) {
    return value == null ? "" : value;
  }
}
