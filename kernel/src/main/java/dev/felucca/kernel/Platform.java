package dev.felucca.kernel;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * An operating system and processor as image indexes name them, in Go's spelling: {@code
 * linux/arm64/v8}. Normalised on the way in: {@code x86_64} is {@code amd64}, {@code aarch64} is
 * {@code arm64}, and arm64's variant v8 is left out.
 */
public record Platform(String os, String architecture, @Nullable String variant) {
  public Platform {
    os = os.toLowerCase(Locale.ROOT);
    architecture = architecture.toLowerCase(Locale.ROOT);
    if (os.isEmpty() || architecture.isEmpty()) {
      throw new EngineException(INVALID, "invalid platform: " + os + "/" + architecture);
    }
    switch (architecture) {
      case "x86_64", "x86-64" -> architecture = "amd64";
      case "aarch64" -> architecture = "arm64";
      case "armhf" -> {
        architecture = "arm";
        variant = "v7";
      }
      case "armel" -> {
        architecture = "arm";
        variant = "v6";
      }
      case "i386", "i686" -> architecture = "386";
      default -> {}
    }
    if (variant != null
        && (variant.isEmpty() || (architecture.equals("arm64") && variant.equals("v8")))) {
      variant = null;
    }
  }

  public static Platform parse(String text) {
    String[] parts = text.split("/", -1);
    return switch (parts.length) {
      case 1 ->
          parts[0].equalsIgnoreCase("linux")
              ? new Platform("linux", host().architecture(), host().variant())
              : new Platform("linux", parts[0], null);
      case 2 -> new Platform(parts[0], parts[1], null);
      case 3 -> new Platform(parts[0], parts[1], parts[2]);
      default -> throw new EngineException(INVALID, "invalid platform: " + text);
    };
  }

  /** The platform this JVM runs on. */
  public static Platform host() {
    return new Platform("linux", System.getProperty("os.arch", "amd64"), null);
  }

  @Override
  public String toString() {
    return os + "/" + architecture + (variant == null ? "" : "/" + variant);
  }
}
