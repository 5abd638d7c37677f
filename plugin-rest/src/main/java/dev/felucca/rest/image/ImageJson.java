package dev.felucca.rest.image;

import dev.felucca.kernel.Digest;
import dev.felucca.kernel.image.Descriptor;
import dev.felucca.kernel.image.ImageDetails;
import dev.felucca.kernel.image.RunConfig;
import dev.felucca.rest.container.HealthcheckJson;
import dev.felucca.rest.http.ApiVersion;
import dev.felucca.rest.json.JsonOut;
import java.util.List;
import java.util.Map;

/** The API's {@code ImageSummary} and {@code ImageInspect}. */
public final class ImageJson {
  private ImageJson() {}

  /**
   * @param shared bytes that an image shares with others, none of them where nobody asked
   */
  static byte[] list(List<ImageDetails> images, Map<Digest, Long> shared, ApiVersion api) {
    return JsonOut.array(
        images, (out, image) -> summary(out, image, shared.getOrDefault(image.id(), -1L), -1, api));
  }

  /**
   * @param shared bytes of layers that other images have too, -1 where nobody asked
   * @param containers how many there are of it, -1 where nobody asked
   */
  public static void summary(
      JsonOut out, ImageDetails image, long shared, int containers, ApiVersion api) {
    out.number("Containers", containers)
        .number("Created", image.created() == null ? 0 : image.created().getEpochSecond())
        .text("Id", image.id().toString())
        .mapOrNull("Labels", image.config().labels())
        .text("ParentId", image.parent() == null ? "" : image.parent().toString());
    if (!api.atLeast(43) && image.repoTags().isEmpty()) {
      out.texts(
              "RepoDigests",
              image.repoDigests().isEmpty() ? List.of("<none>@<none>") : image.repoDigests())
          .texts("RepoTags", List.of("<none>:<none>"));
    } else {
      out.texts("RepoDigests", image.repoDigests()).texts("RepoTags", image.repoTags());
    }
    out.number("SharedSize", shared).number("Size", image.size());
    if (!api.atLeast(44)) {
      out.number("VirtualSize", image.size());
    }
  }

  static byte[] inspect(ImageDetails image, String driver, ApiVersion api) {
    return JsonOut.object(out -> inspect(out, image, driver, api));
  }

  private static void inspect(JsonOut out, ImageDetails image, String driver, ApiVersion api) {
    out.text("Id", image.id().toString())
        .texts("RepoTags", image.repoTags())
        .texts("RepoDigests", image.repoDigests())
        .text("Parent", image.parent() == null ? "" : image.parent().toString())
        .text("Comment", image.comment());
    if (image.created() != null || !api.atLeast(44)) {
      out.time("Created", image.created());
    }
    if (!api.atLeast(44)) {
      out.text("Container", "");
    }
    if (!api.atLeast(45)) {
      out.nothing("ContainerConfig");
    }
    out.text("DockerVersion", "")
        .text("Author", image.author())
        .object("Config", config -> config(config, image.config(), api))
        .text("Architecture", image.platform().architecture())
        .textUnlessEmpty("Variant", image.platform().variant())
        .text("Os", image.platform().os())
        .number("Size", image.size());
    if (!api.atLeast(44)) {
      out.number("VirtualSize", image.size());
    }
    out.object("GraphDriver", graph -> graph.nothing("Data").text("Name", driver))
        .object(
            "RootFS",
            root ->
                root.text("Type", "layers")
                    .textsUnlessEmpty(
                        "Layers", image.diffIds().stream().map(Digest::toString).toList()))
        .object("Metadata", meta -> meta.time("LastTagTime", image.lastTagged()));
    Descriptor target = image.target();
    if (target != null && api.atLeast(48)) {
      out.object(
          "Descriptor",
          descriptor ->
              descriptor
                  .text("mediaType", target.mediaType())
                  .text("digest", target.digest().toString())
                  .number("size", target.size()));
    }
  }

  /** Clients expect these fields also where they are empty, whatever the version. */
  private static void config(JsonOut out, RunConfig config, ApiVersion api) {
    boolean old = !api.atLeast(50);
    if (old) {
      // Of a container, never of an image: gone since 1.50, and clients before it expect them.
      out.text("Hostname", "").text("Domainname", "");
    }
    out.text("User", config.user());
    if (old) {
      out.flag("AttachStdin", false).flag("AttachStdout", false).flag("AttachStderr", false);
    }
    if (!config.exposedPorts().isEmpty()) {
      out.set("ExposedPorts", config.exposedPorts());
    }
    if (old) {
      out.flag("Tty", false).flag("OpenStdin", false).flag("StdinOnce", false);
    }
    out.textsOrNull("Env", config.env()).textsOrNull("Cmd", config.cmd());
    HealthcheckJson.write(out, config.healthcheck());
    if (old) {
      out.text("Image", "");
    }
    if (config.volumes().isEmpty()) {
      out.nothing("Volumes");
    } else {
      out.set("Volumes", config.volumes());
    }
    out.text("WorkingDir", config.workingDir())
        .textsOrNull("Entrypoint", config.entrypoint())
        .textsOrNull("OnBuild", config.onBuild())
        .mapOrNull("Labels", config.labels())
        .textUnlessEmpty("StopSignal", config.stopSignal())
        .textsUnlessEmpty("Shell", config.shell());
  }
}
