package dev.felucca.kernel.volume;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.kernel.EngineException;
import java.util.regex.Pattern;

/**
 * Docker's rule for names of volumes, of every driver, and at most 240 characters: each is a file
 * name, and so is it with an ending.
 */
public final class VolumeName {
  private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.-]{1,239}");

  private VolumeName() {}

  public static boolean isValid(String name) {
    return NAME.matcher(name).matches();
  }

  /** Refuses what is no name, in Docker's words: INVALID. */
  public static void check(String name) {
    if (name.length() == 1) {
      throw new EngineException(
          INVALID,
          "create "
              + name
              + ": volume name is too short, names should be at least two alphanumeric characters");
    }
    if (!isValid(name)) {
      throw new EngineException(
          INVALID,
          "create "
              + name
              + ": \""
              + name
              + "\" includes invalid characters for a local volume name, only"
              + " \"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed. If you intended to pass a host"
              + " directory, use absolute path");
    }
  }
}
