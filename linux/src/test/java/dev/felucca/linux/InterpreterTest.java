package dev.felucca.linux;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InterpreterTest {
  @TempDir Path directory;

  @Test
  void theBytesForX86AreWhatItsSourceAssemblesTo() throws Exception {
    assertArrayEquals(
        Assembler.assemble(directory, "interpreter-x86_64.s", "x86_64-linux-gnu-as", "x86_64"),
        Interpreter.code(Arch.X86_64));
  }

  @Test
  void theBytesForArmAreWhatItsSourceAssemblesTo() throws Exception {
    assertArrayEquals(
        Assembler.assemble(directory, "interpreter-aarch64.s", "aarch64-linux-gnu-as", "aarch64"),
        Interpreter.code(Arch.AARCH64));
  }

  @Test
  void theFirstStepIsPatchedOverTheMarkOfTheSource() {
    for (Arch arch : Arch.values()) {
      assertArrayEquals(Interpreter.code(arch), Interpreter.code(arch, 0x1122334455667788L));
    }
  }
}
