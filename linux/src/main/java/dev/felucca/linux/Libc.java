package dev.felucca.linux;

import com.sun.jna.LastErrorException;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;

/** Direct mapping of the few functions of libc that everything else is made of. */
final class Libc {
  private static final String SEARCH_PATH = "jna.platform.library.path";

  static {
    // Without a value JNA runs `ldconfig -p` for one, and the engine runs no native programs. None
    // is
    // needed: libc is in this process already.
    if (System.getProperty(SEARCH_PATH) == null) {
      System.setProperty(SEARCH_PATH, "");
    }
    Native.register(NativeLibrary.getProcess());
  }

  private Libc() {}

  static native long syscall(long nr, long a, long b, long c, long d, long e, long f);

  static native long mmap(long address, long length, int protection, int flags, int fd, long offset)
      throws LastErrorException;

  static native int mprotect(long address, long length, int protection) throws LastErrorException;
}
