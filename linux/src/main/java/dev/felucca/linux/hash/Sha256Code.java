package dev.felucca.linux.hash;

import com.sun.jna.Function;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import dev.felucca.linux.Arch;
import dev.felucca.linux.CodePage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * SHA-256 by the processor's own instructions; {@code src/main/asm} has its source. Only HotSpot's
 * second compiler uses them, which an engine that should start soon and stay small does without.
 */
final class Sha256Code {
  private static final int BLOCK = 64;
  private static final int STATE = 64;
  private static final int MOST_BLOCKS = 1024;
  private static final String X86_64 =
      "SIXSD4QhAwAASI0NMAMAAPNED28FFwMAAPMPbz/zD29XEGYPcP+xZg9w0htmD2/PZg86"
          + "D8oIZg86DtfwZkQPb8lmRA9v0vMPbx5mQQ84ANjzD29mEGZBDzgA4PMPb24gZkEPOADo"
          + "8w9vdjBmQQ84APBmD2/DZg/+AQ84y9FmD3DADg84y8pmD2/EZg/+QRAPOMvRZg9wwA4P"
          + "OMvKZg9vxWYP/kEgDzjL0WYPcMAODzjLymYPb8ZmD/5BMA84y9FmD3DADg84y8pmD2/G"
          + "Zg86D8UEDzjM3GYP/tgPOM3eZg9vw2YP/kFADzjL0WYPcMAODzjLymYPb8NmDzoPxgQP"
          + "OMzlZg/+4A84zeNmD2/EZg/+QVAPOMvRZg9wwA4POMvKZg9vxGYPOg/DBA84zO5mD/7o"
          + "DzjN7GYPb8VmD/5BYA84y9FmD3DADg84y8pmD2/FZg86D8QEDzjM82YP/vAPOM31Zg9v"
          + "xmYP/kFwDzjL0WYPcMAODzjLymYPb8ZmDzoPxQQPOMzcZg/+2A84zd5mD2/DZg/+gYAA"
          + "AAAPOMvRZg9wwA4POMvKZg9vw2YPOg/GBA84zOVmD/7gDzjN42YPb8RmD/6BkAAAAA84"
          + "y9FmD3DADg84y8pmD2/EZg86D8MEDzjM7mYP/ugPOM3sZg9vxWYP/oGgAAAADzjL0WYP"
          + "cMAODzjLymYPb8VmDzoPxAQPOMzzZg/+8A84zfVmD2/GZg/+gbAAAAAPOMvRZg9wwA4P"
          + "OMvKZg9vxmYPOg/FBA84zNxmD/7YDzjN3mYPb8NmD/6BwAAAAA84y9FmD3DADg84y8pm"
          + "D2/DZg86D8YEDzjM5WYP/uAPOM3jZg9vxGYP/oHQAAAADzjL0WYPcMAODzjLymYPb8Rm"
          + "DzoPwwQPOMzuZg/+6A84zexmD2/FZg/+geAAAAAPOMvRZg9wwA4POMvKZg9vxWYPOg/E"
          + "BA84zPNmD/7wDzjN9WYPb8ZmD/6B8AAAAA84y9FmD3DADg84y8pmQQ/+yWZBD/7SSIPG"
          + "QEj/yg+FNf3//2YPcPkbZg9w0rFmD2/PZg86DsrwZg86D9cI8w9/D/MPf1cQww8fRAAA"
          + "AwIBAAcGBQQLCgkIDw4NDJgvikKRRDdxz/vAtaXbtelbwlY58RHxWaSCP5LVXhyrmKoH"
          + "2AFbgxK+hTEkw30MVXRdvnL+sd6Apwbcm3Txm8HBaZvkhke+78adwQ/MoQwkbyzpLaqE"
          + "dErcqbBc2oj5dlJRPphtxjGoyCcDsMd/Wb/zC+DGR5Gn1VFjygZnKSkUhQq3JzghGy78"
          + "bSxNEw04U1RzCmW7Cmp2LsnCgYUscpKh6L+iS2YaqHCLS8KjUWzHGeiS0SQGmdaFNQ70"
          + "cKBqEBbBpBkIbDceTHdIJ7W8sDSzDBw5SqrYTk/KnFvzby5o7oKPdG9jpXgUeMiECALH"
          + "jPr/vpDrbFCk96P5vvJ4ccY=";

  private Sha256Code() {}

  static byte[] code() {
    return Base64.getDecoder().decode(X86_64);
  }

  /** True where the processor has the instructions. */
  static boolean usable() {
    try {
      if (Arch.current() != Arch.X86_64) {
        return false;
      }
      return Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
          .filter(line -> line.startsWith("flags"))
          .findFirst()
          .map(line -> Set.of(line.split("[\\s:]+")).containsAll(Set.of("sha_ni", "sse4_1")))
          .orElse(false);
    } catch (IOException | UnsupportedOperationException e) {
      return false;
    }
  }

  /** Brings {@code state} on by so many whole blocks. */
  static void hash(int[] state, byte[] content, int from, int blocks) {
    Pointer memory = Scratch.take();
    try {
      memory.write(0, state, 0, state.length);
      for (int done = 0; done < blocks; ) {
        int some = Math.min(MOST_BLOCKS, blocks - done);
        memory.write(STATE, content, from + done * BLOCK, some * BLOCK);
        Page.HASH.invokeVoid(
            new Object[] {
              Pointer.nativeValue(memory), Pointer.nativeValue(memory) + STATE, (long) some
            });
        done += some;
      }
      memory.read(0, state, 0, state.length);
    } finally {
      Scratch.give(memory);
    }
  }

  private static final class Page {
    static final Function HASH = CodePage.function(code());
  }

  /**
   * Memory outside the heap: as many pieces as there ever were threads at it, kept for the next.
   */
  private static final class Scratch {
    private static final Queue<Long> FREE = new ConcurrentLinkedQueue<>();

    static Pointer take() {
      Long free = FREE.poll();
      long address = free == null ? Native.malloc(STATE + MOST_BLOCKS * BLOCK) : free;
      if (address == 0) {
        throw new OutOfMemoryError("malloc for hashing");
      }
      return new Pointer(address);
    }

    static void give(Pointer memory) {
      FREE.add(Pointer.nativeValue(memory));
    }
  }
}
