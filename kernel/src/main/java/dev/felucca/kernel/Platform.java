package dev.felucca.kernel;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * An operating system and processor as image indexes name them, in Go's spelling: {@code
 * linux/arm64/v8}. Normalised on the way in: {@code x86_64} is {@code amd64}, {@code aarch64} is
 * {@code arm64}, and arm64's variant v8 is left out.
 */
public record Platform(String os, String architecture, @Nullable String variant) {
  private static final Pattern COMPONENT = Pattern.compile("[A-Za-z0-9_-]+");

  /** As Go quotes what Docker holds the first part against. */
  private static final String OS_AND_VERSION = "^([A-Za-z0-9_-]+)(?:\\\\(([A-Za-z0-9_.-]*)\\\\))?$";

  /** What a word alone may be, as Go knows them; anything may stand after a slash. */
  private static final Set<String> SYSTEMS =
      Set.of(
          "aix",
          "android",
          "darwin",
          "dragonfly",
          "freebsd",
          "hurd",
          "illumos",
          "ios",
          "js",
          "linux",
          "macos",
          "nacl",
          "netbsd",
          "openbsd",
          "plan9",
          "solaris",
          "windows",
          "zos");

  private static final Set<String> ARCHITECTURES =
      Set.of(
          "386",
          "amd64",
          "amd64p32",
          "arm",
          "armbe",
          "arm64",
          "arm64be",
          "loong64",
          "ppc",
          "ppc64",
          "ppc64le",
          "mips",
          "mipsle",
          "mips64",
          "mips64le",
          "mips64p32",
          "mips64p32le",
          "riscv",
          "riscv64",
          "s390",
          "s390x",
          "sparc",
          "sparc64",
          "wasm");

  public Platform {
    os = os.toLowerCase(Locale.ROOT);
    os = os.equals("macos") ? "darwin" : os;
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

  /**
   * Reads {@code OS}, {@code ARCHITECTURE}, {@code OS/ARCHITECTURE} or {@code
   * OS/ARCHITECTURE/VARIANT}; INVALID, in Docker's words, for a single word that is neither.
   */
  public static Platform parse(String text) {
    if (text.indexOf('*') >= 0) {
      throw new EngineException(
          INVALID, "\"" + text + "\": wildcards not yet supported: invalid argument");
    }
    String[] parts = text.split("/", -1);
    if (!COMPONENT.matcher(parts[0]).matches()) {
      throw new EngineException(
          INVALID,
          "\"%s\" is an invalid OS component of \"%s\": OSAndVersion specifier component must match \"%s\": invalid argument"
              .formatted(parts[0], text, OS_AND_VERSION));
    }
    for (String part : parts) {
      if (!COMPONENT.matcher(part).matches()) {
        throw new EngineException(
            INVALID,
            "\"%s\" is an invalid component of \"%s\": platform specifier component must match \"^%s$\": invalid argument"
                .formatted(part, text, COMPONENT));
      }
    }
    return switch (parts.length) {
      case 1 -> word(parts[0]);
      case 2 -> new Platform(parts[0], parts[1], null);
      case 3 -> new Platform(parts[0], parts[1], parts[2]);
      default ->
          throw new EngineException(
              INVALID, "\"" + text + "\": cannot parse platform specifier: invalid argument");
    };
  }

  private static Platform word(String text) {
    if (SYSTEMS.contains(text.toLowerCase(Locale.ROOT))) {
      return new Platform(text, host().architecture(), host().variant());
    }
    Platform platform = new Platform("linux", text, null);
    if (!ARCHITECTURES.contains(platform.architecture())) {
      throw new EngineException(
          INVALID, "\"" + text + "\": unknown operating system or architecture: invalid argument");
    }
    return platform;
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
