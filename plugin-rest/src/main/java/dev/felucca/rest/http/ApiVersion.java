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
    ApiVersion version = new ApiVersion(number(parts[0]), parts.length > 1 ? number(parts[1]) : 0);
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

  /** As Docker: what is left out is 0, and what no client is ever likely to be is just very new. */
  private static int number(String digits) {
    try {
      return digits.isEmpty() ? 0 : Integer.parseInt(digits);
    } catch (NumberFormatException tooLarge) {
      return Integer.MAX_VALUE;
    }
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
