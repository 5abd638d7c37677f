package dev.felucca.rest.http;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.kernel.EngineException;

/** A version of the API, such as 1.41. */
public record ApiVersion(int major, int minor) implements Comparable<ApiVersion> {
  public static final ApiVersion LATEST = new ApiVersion(1, 50);
  public static final ApiVersion OLDEST = new ApiVersion(1, 24);

  /** Refuses, with Docker's words, a version this engine does not speak. */
  static ApiVersion parse(String text) {
    String[] parts = text.split("\\.", -1);
    ApiVersion version;
    try {
      version =
          new ApiVersion(
              Integer.parseInt(parts[0]), parts.length > 1 ? Integer.parseInt(parts[1]) : 0);
    } catch (NumberFormatException e) {
      throw new EngineException(INVALID, "invalid API version: " + text, e);
    }
    if (version.compareTo(OLDEST) < 0) {
      throw new EngineException(
          INVALID,
          "client version "
              + text
              + " is too old. Minimum supported API version is "
              + OLDEST
              + ", please upgrade your client to a newer version");
    }
    if (version.compareTo(LATEST) > 0 || parts.length > 2) {
      throw new EngineException(
          INVALID,
          "client version " + text + " is too new. Maximum supported API version is " + LATEST);
    }
    return version;
  }

  public boolean atLeast(int minorVersion) {
    return minor >= minorVersion;
  }

  @Override
  public int compareTo(ApiVersion other) {
    return major != other.major
        ? Integer.compare(major, other.major)
        : Integer.compare(minor, other.minor);
  }

  @Override
  public String toString() {
    return major + "." + minor;
  }
}
