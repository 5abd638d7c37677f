package dev.felucca.storage.snapshots;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.kernel.EngineException;
import java.util.regex.Pattern;

/** What may name a snapshot. */
final class SnapshotKeys {
  private static final Pattern FORM = Pattern.compile("[A-Za-z0-9._:-]{1,200}");

  private SnapshotKeys() {}

  static String check(String key) {
    if (!FORM.matcher(key).matches() || key.equals(".") || key.equals("..")) {
      throw new EngineException(INVALID, "invalid snapshot key: " + key);
    }
    return key;
  }
}
