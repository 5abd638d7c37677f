package dev.felucca.shell;

import java.io.ByteArrayOutputStream;

/** Finds Ctrl-P Ctrl-Q among keys; a Ctrl-P is held back until the next key tells what it was. */
final class DetachKeys {
  private static final byte CTRL_P = 16;
  private static final byte CTRL_Q = 17;

  private boolean held;
  private boolean pressed;

  /** The keys that go to the process. */
  byte[] pass(byte[] keys, int count) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(count + 1);
    for (int index = 0; index < count && !pressed; index++) {
      byte key = keys[index];
      if (held) {
        held = false;
        if (key == CTRL_Q) {
          pressed = true;
          break;
        }
        out.write(CTRL_P);
      }
      if (key == CTRL_P) {
        held = true;
      } else {
        out.write(key);
      }
    }
    return out.toByteArray();
  }

  boolean pressed() {
    return pressed;
  }
}
