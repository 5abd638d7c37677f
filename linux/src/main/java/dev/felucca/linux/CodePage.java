package dev.felucca.linux;

import com.sun.jna.Function;
import com.sun.jna.Pointer;

/** Machine code of our own, callable like a C function. */
public final class CodePage {
  private static final int PROT_READ_WRITE = 3;
  private static final int PROT_READ_EXEC = 5;
  private static final int MAP_PRIVATE_ANONYMOUS = 0x22;

  private CodePage() {}

  /**
   * Maps the code, which must be position independent and begin with its entry. It is never
   * unmapped, as a thread may be in it, and written before it is executable.
   */
  public static Function function(byte[] code) {
    long page = Libc.mmap(0, code.length, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0);
    Pointer pointer = new Pointer(page);
    pointer.write(0, code, 0, code.length);
    Libc.mprotect(page, code.length, PROT_READ_EXEC);
    return Function.getFunction(pointer);
  }
}
