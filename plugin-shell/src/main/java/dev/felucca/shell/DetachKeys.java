package dev.felucca.shell;

/** Finds Ctrl-P Ctrl-Q among keys; a Ctrl-P is held back until the next key tells what it was. */
final class DetachKeys {
  private static final char CTRL_P = 16;
  private static final char CTRL_Q = 17;

  private boolean held;
  private boolean pressed;

  /** Adds what of the key goes to the process. */
  void pass(int key, StringBuilder process) {
    if (held && key == CTRL_Q) {
      pressed = true;
      return;
    }
    if (held) {
      process.append(CTRL_P);
    }
    held = key == CTRL_P;
    if (!held) {
      process.appendCodePoint(key);
    }
  }

  boolean pressed() {
    return pressed;
  }
}
