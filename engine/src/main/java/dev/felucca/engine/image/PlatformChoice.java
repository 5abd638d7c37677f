package dev.felucca.engine.image;

import dev.felucca.kernel.Platform;
import dev.felucca.kernel.image.Descriptor;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Which entries of an index suit a platform, best first. */
final class PlatformChoice {
  private PlatformChoice() {}

  /**
   * Entries without a platform come last: they may be nested indexes, or images whose configuration
   * says. Attestations, which claim the platform {@code unknown/unknown}, are left out.
   */
  static List<Descriptor> rank(List<Descriptor> manifests, Platform wanted) {
    List<Descriptor> fitting = new ArrayList<>();
    for (Descriptor descriptor : manifests) {
      if (score(descriptor, wanted) >= 0 && !attestation(descriptor)) {
        fitting.add(descriptor);
      }
    }
    fitting.sort(Comparator.comparingInt((Descriptor d) -> score(d, wanted)).reversed());
    return fitting;
  }

  private static boolean attestation(Descriptor descriptor) {
    return "attestation-manifest".equals(descriptor.annotations().get("vnd.docker.reference.type"));
  }

  private static int score(Descriptor descriptor, Platform wanted) {
    Platform offered = descriptor.platform();
    if (offered == null) {
      return 0;
    }
    return matches(offered, wanted) ? 1 + closeness(offered.variant(), wanted) : -1;
  }

  /** True when an image for {@code offered} runs where {@code wanted} is asked for. */
  static boolean matches(Platform offered, Platform wanted) {
    return offered.os().equals(wanted.os())
        && offered.architecture().equals(wanted.architecture())
        && closeness(offered.variant(), wanted) >= 0;
  }

  /** An older variant runs on a newer processor, never the other way; the nearest is best. */
  private static int closeness(@Nullable String offered, Platform wanted) {
    if (Objects.equals(offered, wanted.variant())) {
      return 100;
    }
    int has = number(offered, wanted.architecture());
    int may = number(wanted.variant(), wanted.architecture());
    return has <= may ? has : -1;
  }

  private static int number(@Nullable String variant, String architecture) {
    if (variant != null && variant.matches("v[0-9]{1,2}")) {
      return Integer.parseInt(variant.substring(1));
    }
    return switch (architecture) {
      case "arm" -> 7;
      case "arm64" -> 8;
      case "amd64" -> 1;
      default -> 0;
    };
  }
}
