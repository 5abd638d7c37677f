package dev.felucca.linux;

import com.sun.jna.Function;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;

/**
 * The machine code that walks a table of system calls; {@code src/main/asm} has its source and the
 * layout of the table. It runs in the JVM, called like a C function, and as the only code of the
 * ELF programs that {@link dev.felucca.linux.process.ElfProgram} writes.
 */
public final class Interpreter {
  /** Bytes of one step in the table. */
  public static final int STEP_SIZE = 96;

  static final int RESULT_OFFSET = 80;

  private static final String X86_64 =
      "534889fb488b03488b7b08488b7310488b53184c8b53204c8b43284c8b4b30"
          + "4885c0783a0f0548894350488b4b384885c97403488901488d5340483d01f0ff"
          + "ff730f488d53484885c074064883c360ebb3488b124885d274f24889d3eba648"
          + "89f85bc348bb8877665544332211eb95";
  private static final String AARCH64 =
      "f30f1ff8f30300aa680240a9610a41a9631242a9651a40f90802f8b7010000d4"
          + "602a00f9691e40f9490000b4200100f96a2240f91ffc3fb1a20000546a2640f9"
          + "600000b473820191f0ffff17caffffb4f3030aaaedffff17f30741f8c0035fd6"
          + "53000058e9ffff178877665544332211";

  private Interpreter() {}

  /** The code as a C function {@code long run(step)}. */
  public static byte[] code(Arch arch) {
    return HexFormat.of().parseHex(arch == Arch.X86_64 ? X86_64 : AARCH64);
  }

  /** The code with the address of the first step patched in, to be entered at {@link #entry}. */
  public static byte[] code(Arch arch, long firstStep) {
    byte[] code = code(arch);
    int at = arch == Arch.X86_64 ? 0x65 : 0x68;
    ByteBuffer.wrap(code).order(ByteOrder.LITTLE_ENDIAN).putLong(at, firstStep);
    return code;
  }

  /** Where a program that is made of {@link #code(Arch, long)} begins. */
  public static int entry(Arch arch) {
    return arch == Arch.X86_64 ? 0x63 : 0x60;
  }

  /** Runs the table at that address in the calling thread. */
  static long run(long firstStep) {
    return Page.RUN.invokeLong(new Object[] {firstStep});
  }

  /** Mapped on first use. */
  private static final class Page {
    static final Function RUN = CodePage.function(code(Arch.current()));
  }
}
