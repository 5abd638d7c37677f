package dev.felucca.linux.process;

import dev.felucca.linux.Arch;
import dev.felucca.linux.Interpreter;
import dev.felucca.linux.Program;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * An executable made of a syscall program: a page with the interpreter that cannot be written,
 * pages with table and data that cannot be executed, a stack that is neither used nor executable,
 * see elf(5). It needs no loader, no libc and some 36 kB of memory.
 */
public final class ElfProgram {
  private static final long TEXT = 0x400000;
  private static final int HEADER = 64;
  private static final int PROGRAM_HEADER = 56;
  private static final int EM_X86_64 = 62;
  private static final int EM_AARCH64 = 183;
  private static final int PT_LOAD = 1;
  private static final int PT_GNU_STACK = 0x6474e551;
  private static final int READ_EXEC = 5;
  private static final int READ_WRITE = 6;

  private ElfProgram() {}

  /** Where in the file a program's data begins, to which its addresses are relative. */
  public static int dataOffset(Arch arch) {
    // A kernel for aarch64 may have pages of 64 kB, and segments must not share one.
    return arch == Arch.X86_64 ? 0x1000 : 0x10000;
  }

  /** The bytes of the file. */
  public static byte[] of(Program program) {
    Arch arch = program.arch();
    int page = dataOffset(arch);
    long writable = TEXT + page;
    byte[] image = program.image(writable);
    byte[] code = Interpreter.code(arch, writable + program.tableOffset());
    int codeOffset = HEADER + 3 * PROGRAM_HEADER;
    ByteBuffer file = ByteBuffer.allocate(page + image.length).order(ByteOrder.LITTLE_ENDIAN);
    file.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0});
    file.putShort((short) 2).putShort((short) (arch == Arch.X86_64 ? EM_X86_64 : EM_AARCH64));
    file.putInt(1).putLong(TEXT + codeOffset + Interpreter.entry(arch)).putLong(HEADER).putLong(0);
    file.putInt(0).putShort((short) HEADER).putShort((short) PROGRAM_HEADER).putShort((short) 3);
    file.putShort((short) 0).putShort((short) 0).putShort((short) 0);
    segment(file, PT_LOAD, READ_EXEC, 0, TEXT, codeOffset + code.length, page);
    segment(file, PT_LOAD, READ_WRITE, page, writable, image.length, page);
    segment(file, PT_GNU_STACK, READ_WRITE, 0, 0, 0, 16);
    file.put(code);
    file.put(page, image);
    return file.array();
  }

  private static void segment(
      ByteBuffer file, int type, int access, long offset, long address, long size, int alignment) {
    file.putInt(type).putInt(access).putLong(offset).putLong(address).putLong(address);
    file.putLong(size).putLong(size).putLong(alignment);
  }
}
