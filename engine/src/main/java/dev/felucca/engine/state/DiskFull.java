package dev.felucca.engine.state;

/** Tells a disk that is full from other trouble: Java has no exception of its own for it. */
public final class DiskFull {
  private DiskFull() {}

  public static boolean is(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      String words = String.valueOf(cause.getMessage());
      // The JDK says it in words, our own calls by the number's name.
      if (words.contains("No space left on device")
          || words.contains("Disk quota exceeded")
          || words.contains("ENOSPC")
          || words.contains("EDQUOT")) {
        return true;
      }
    }
    return false;
  }
}
