package dev.felucca.rest.container;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.MountRequest;
import dev.felucca.rest.http.ApiVersion;
import dev.felucca.rest.json.JsonIn;
import dev.felucca.rest.json.JsonOut;
import java.util.List;

/** The API's {@code Mount}: what {@code --mount} asks for. */
final class MountRequestJson {
  private MountRequestJson() {}

  /** What its version of the API doesn't have is passed over, or refused where that matters. */
  static MountRequest read(JsonIn in, ApiVersion api) {
    String type = in.text("Type");
    if (api.atLeast(42)) {
      only(in, "VolumeOptions", "volume", type);
      only(in, "BindOptions", "bind", type);
      only(in, "TmpfsOptions", "tmpfs", type);
    }
    if (api.atLeast(48)) {
      only(in, "ImageOptions", "image", type);
    }
    JsonIn bind = in.object("BindOptions");
    JsonIn volume = in.object("VolumeOptions");
    JsonIn driver = volume.object("DriverConfig");
    JsonIn tmpfs = in.object("TmpfsOptions");
    Long size = tmpfs.numberOrNull("SizeBytes");
    Integer mode = tmpfs.intOrNull("Mode");
    if (!api.atLeast(44) && type.equals("bind") && bind.flag("ReadOnlyForceRecursive")) {
      throw newer("BindOptions.ReadOnlyForceRecursive", "1.44");
    }
    if (!api.atLeast(45) && !volume.text("Subpath").isEmpty()) {
      throw newer("VolumeOptions.Subpath", "1.45");
    }
    if (!api.atLeast(48) && type.equals("image")) {
      throw newer("Mount type \"Image\"", "1.48");
    }
    return new MountRequest(
        type,
        in.text("Source"),
        in.text("Target"),
        in.flag("ReadOnly"),
        in.text("Consistency"),
        bind.text("Propagation"),
        api.atLeast(40) && bind.flag("NonRecursive"),
        api.atLeast(42) && bind.flag("CreateMountpoint"),
        bind.flag("ReadOnlyNonRecursive"),
        bind.flag("ReadOnlyForceRecursive"),
        volume.flag("NoCopy"),
        volume.map("Labels"),
        driver.text("Name"),
        driver.map("Options"),
        volume.text("Subpath"),
        in.object("ImageOptions").text("Subpath"),
        size == null || size == 0 ? null : size,
        mode == null || mode == 0 ? null : mode,
        tmpfs.textLists("Options"));
  }

  private static void only(JsonIn in, String options, String wanted, String type) {
    if (in.has(options) && !type.equals(wanted)) {
      throw new EngineException(
          INVALID, options + " must not be specified on mount type \"" + type + "\"");
    }
  }

  private static EngineException newer(String what, String version) {
    return new EngineException(INVALID, what + " needs API v" + version + " or newer");
  }

  /** Absent when there is none. */
  static void write(JsonOut out, List<MountRequest> mounts) {
    if (!mounts.isEmpty()) {
      out.objects("Mounts", mounts, MountRequestJson::write);
    }
  }

  private static void write(JsonOut out, MountRequest mount) {
    out.text("Type", mount.type())
        .textUnlessEmpty("Source", mount.source())
        .text("Target", mount.target())
        .flagIfSet("ReadOnly", mount.readOnly())
        .textUnlessEmpty("Consistency", mount.consistency());
    if (!mount.propagation().isEmpty()
        || mount.bindNonRecursive()
        || mount.bindCreateMountpoint()
        || mount.bindReadOnlyNonRecursive()
        || mount.bindReadOnlyForceRecursive()) {
      out.object(
          "BindOptions",
          bind ->
              bind.textUnlessEmpty("Propagation", mount.propagation())
                  .flagIfSet("NonRecursive", mount.bindNonRecursive())
                  .flagIfSet("CreateMountpoint", mount.bindCreateMountpoint())
                  .flagIfSet("ReadOnlyNonRecursive", mount.bindReadOnlyNonRecursive())
                  .flagIfSet("ReadOnlyForceRecursive", mount.bindReadOnlyForceRecursive()));
    }
    if (mount.type().equals("volume")) {
      out.object("VolumeOptions", volume -> volumeOptions(volume, mount));
    }
    if (!mount.imageSubpath().isEmpty()) {
      out.object("ImageOptions", image -> image.text("Subpath", mount.imageSubpath()));
    }
    if (mount.tmpfsSize() != null || mount.tmpfsMode() != null || !mount.tmpfsOptions().isEmpty()) {
      out.object(
          "TmpfsOptions",
          tmpfs -> {
            if (mount.tmpfsSize() != null) {
              tmpfs.number("SizeBytes", mount.tmpfsSize());
            }
            if (mount.tmpfsMode() != null) {
              tmpfs.number("Mode", mount.tmpfsMode());
            }
            if (!mount.tmpfsOptions().isEmpty()) {
              tmpfs.rows("Options", mount.tmpfsOptions());
            }
          });
    }
  }

  private static void volumeOptions(JsonOut out, MountRequest mount) {
    out.flagIfSet("NoCopy", mount.volumeNoCopy())
        .mapUnlessEmpty("Labels", mount.volumeLabels())
        .textUnlessEmpty("Subpath", mount.volumeSubpath());
    if (!mount.volumeDriver().isEmpty() || !mount.volumeDriverOptions().isEmpty()) {
      out.object(
          "DriverConfig",
          driver ->
              driver
                  .textUnlessEmpty("Name", mount.volumeDriver())
                  .mapUnlessEmpty("Options", mount.volumeDriverOptions()));
    }
  }
}
