package dev.felucca.engine.container;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.MountPoint;
import dev.felucca.kernel.container.MountRequest;
import dev.felucca.kernel.volume.VolumeRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** The long form, as {@code --mount} has it, with Docker's checks and words. */
final class MountForm {
  private static final Set<String> PROPAGATIONS =
      Set.of("", "private", "rprivate", "shared", "rshared", "slave", "rslave");

  private MountForm() {}

  static PlannedMount parse(MountRequest request) {
    try {
      if (request.target().isEmpty()) {
        throw missing("Target");
      }
      String target = MountTarget.of(request.target());
      return switch (request.type()) {
        case "bind" -> bind(request, target);
        case "tmpfs" -> tmpfs(request, target);
        case "volume" -> volume(request, target);
        case "image" -> image(request, target);
        default -> throw new EngineException(INVALID, "mount type unknown");
      };
    } catch (EngineException e) {
      if (e.kind() != INVALID) {
        throw e;
      }
      throw new EngineException(
          INVALID,
          "invalid mount config for type \"" + request.type() + "\": " + e.getMessage(),
          e);
    }
  }

  private static PlannedMount bind(MountRequest request, String target) {
    if (request.source().isEmpty()) {
      throw missing("Source");
    }
    if (!PROPAGATIONS.contains(request.propagation())) {
      throw invalid("invalid propagation mode: " + request.propagation());
    }
    MountTarget.requireAbsolute(request.source());
    if (request.bindReadOnlyNonRecursive() && request.bindReadOnlyForceRecursive()) {
      throw invalid("mount options conflict: ReadOnlyNonRecursive && ReadOnlyForceRecursive");
    }
    if (request.bindReadOnlyForceRecursive()) {
      RecursiveReadOnly.require(System.getProperty("os.version", ""));
    }
    if (!request.bindCreateMountpoint() && !Files.exists(Path.of(request.source()))) {
      throw missingSource(request.source());
    }
    return PlannedMount.of(
        new MountPoint(
            "bind",
            "",
            MountTarget.clean(request.source()),
            target,
            "",
            "",
            !request.readOnly(),
            request.propagation().isEmpty() ? MountPlan.PROPAGATION : request.propagation(),
            "",
            request.bindNonRecursive(),
            request.bindReadOnlyNonRecursive()));
  }

  static EngineException missingSource(String source) {
    return invalid("bind source path does not exist: " + source);
  }

  private static PlannedMount tmpfs(MountRequest request, String target) {
    if (!request.source().isEmpty()) {
      throw invalid("field Source must not be specified");
    }
    List<String> options = new ArrayList<>();
    if (request.readOnly()) {
      options.add("ro");
    }
    Integer mode = request.tmpfsMode();
    if (mode != null && mode != 0) {
      options.add("mode=" + Integer.toOctalString(mode));
    }
    Long size = request.tmpfsSize();
    if (size != null && size != 0) {
      if (size < 0) {
        throw invalid("invalid tmpfs size: " + size);
      }
      options.add("size=" + size);
    }
    for (List<String> option : request.tmpfsOptions()) {
      if (option.isEmpty() || option.size() > 2) {
        throw invalid("invalid option array length for TmpfsOptions");
      }
      options.add(String.join("=", option));
    }
    TmpfsWords.check(options);
    return PlannedMount.of(
        new MountPoint(
            "tmpfs", "", "", target, "", String.join(",", options), !request.readOnly(), ""));
  }

  private static PlannedMount volume(MountRequest request, String target) {
    boolean unnamed = request.source().isEmpty();
    if (!request.volumeSubpath().isEmpty()) {
      if (unnamed) {
        throw invalid("must not set Subpath when using anonymous volumes");
      }
      requireLocal(request.volumeSubpath());
    }
    if (unnamed && request.readOnly()) {
      throw invalid("must not set ReadOnly mode when using anonymous volumes");
    }
    return PlannedMount.volume(
        new VolumeRequest(
            request.source(),
            request.volumeDriver(),
            request.volumeDriverOptions(),
            request.volumeLabels()),
        new MountPoint(
            "volume",
            request.source(),
            "",
            target,
            "",
            unnamed ? "" : MountPlan.NAMED,
            !request.readOnly(),
            "",
            clean(request.volumeSubpath()),
            false,
            false),
        !request.volumeNoCopy());
  }

  private static PlannedMount image(MountRequest request, String target) {
    if (request.source().isEmpty()) {
      throw missing("Source");
    }
    if (!request.imageSubpath().isEmpty()) {
      requireLocal(request.imageSubpath());
    }
    return PlannedMount.of(
        new MountPoint(
            ImageMounts.TYPE,
            request.source(),
            "",
            target,
            "",
            "",
            false,
            MountPlan.PROPAGATION,
            clean(request.imageSubpath()),
            false,
            false));
  }

  /** Of images, too, in these words. */
  private static void requireLocal(String subpath) {
    if (!isLocal(subpath)) {
      throw invalid("subpath must be a relative path within the volume");
    }
  }

  private static boolean isLocal(String path) {
    String clean = MountTarget.clean(path);
    return !clean.startsWith("/") && !clean.equals("..") && !clean.startsWith("../");
  }

  private static String clean(String subpath) {
    return subpath.isEmpty() ? "" : MountTarget.clean(subpath);
  }

  private static EngineException missing(String field) {
    return invalid("field " + field + " must not be empty");
  }

  private static EngineException invalid(String reason) {
    return new EngineException(INVALID, reason);
  }
}
