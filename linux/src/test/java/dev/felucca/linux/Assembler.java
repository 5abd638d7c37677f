package dev.felucca.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** What a source in {@code src/main/asm} assembles to; the test is skipped without an assembler. */
public final class Assembler {
  private Assembler() {}

  public static byte[] assemble(Path directory, String source, String as, String triple)
      throws Exception {
    Path input = Path.of("src/main/asm", source).toAbsolutePath();
    Path output = directory.resolve("out.o");
    List<List<String>> assemblers =
        List.of(
            List.of(as, "-o", output.toString(), input.toString()),
            List.of(
                "llvm-mc",
                "-triple=" + triple + "-linux-gnu",
                "-filetype=obj",
                "-o",
                output.toString(),
                input.toString()));
    List<String> command =
        assemblers.stream().filter(c -> onPath(c.get(0))).findFirst().orElse(List.of());
    assumeTrue(!command.isEmpty(), "no assembler for " + triple + " on the PATH");
    assertEquals(0, new ProcessBuilder(command).inheritIO().start().waitFor());
    return text(ByteBuffer.wrap(Files.readAllBytes(output)).order(ByteOrder.LITTLE_ENDIAN));
  }

  private static boolean onPath(String program) {
    return Stream.of(System.getenv("PATH").split(":"))
        .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
  }

  /** The .text section of an ELF object: the first with SHF_ALLOC | SHF_EXECINSTR. */
  private static byte[] text(ByteBuffer elf) {
    int headers = (int) elf.getLong(0x28);
    for (int i = 0; i < elf.getShort(0x3c); i++) {
      int header = headers + 64 * i;
      if (elf.getLong(header + 8) == 6) {
        int offset = (int) elf.getLong(header + 24);
        return Arrays.copyOfRange(elf.array(), offset, offset + (int) elf.getLong(header + 32));
      }
    }
    throw new AssertionError("no code in the object file");
  }
}
