package dev.felucca.rest.stream;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.kernel.EngineException;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The key sequence by which a person leaves a terminal without ending what runs in it. A prefix of
 * it that goes on otherwise is passed on when it does.
 */
final class DetachKeys {
  private static final byte[] DEFAULT = {16, 17}; // ctrl-p ctrl-q
  private final byte[] keys;
  private int matched;

  private DetachKeys(byte[] keys) {
    this.keys = keys;
  }

  /** Reads {@code ctrl-p,ctrl-q} or {@code a,b}; null and empty are the default. */
  static DetachKeys parse(@Nullable String text) {
    if (text == null || text.isEmpty()) {
      return new DetachKeys(DEFAULT);
    }
    ByteArrayOutputStream keys = new ByteArrayOutputStream();
    for (String key : text.split(",", -1)) {
      if (key.length() == 1 && key.charAt(0) < 128) {
        keys.write(key.charAt(0));
      } else if (key.length() == 6 && key.startsWith("ctrl-")) {
        keys.write(control(text, Character.toLowerCase(key.charAt(5))));
      } else {
        throw invalid(text);
      }
    }
    return new DetachKeys(keys.toByteArray());
  }

  private static int control(String text, char key) {
    if (key == '@') {
      return 0;
    }
    if (key >= 'a' && key <= 'z') {
      return key - 'a' + 1;
    }
    int sign = "[\\]^_".indexOf(key);
    if (sign < 0) {
      throw invalid(text);
    }
    return 27 + sign;
  }

  private static EngineException invalid(String text) {
    return new EngineException(INVALID, "Invalid detach keys (" + text + ") provided");
  }

  /**
   * Reads input up to its end, or up to the end of the sequence.
   *
   * @param passed takes what goes to the process
   * @return true once the sequence is complete
   */
  boolean filter(ByteBuffer input, ByteArrayOutputStream passed) {
    while (input.hasRemaining()) {
      byte key = input.get();
      if (matched > 0 && key != keys[matched]) {
        passed.write(keys, 0, matched);
        matched = 0;
      }
      if (key != keys[matched]) {
        passed.write(key);
      } else if (++matched == keys.length) {
        matched = 0;
        return true;
      }
    }
    return false;
  }
}
