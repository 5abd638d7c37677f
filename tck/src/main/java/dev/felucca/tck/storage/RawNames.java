package dev.felucca.tck.storage;

import dev.felucca.kernel.storage.Mount;
import dev.felucca.linux.Fd;
import dev.felucca.linux.LinuxFiles;
import dev.felucca.linux.NativeMemory;
import dev.felucca.linux.OpenFlag;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.Sysno;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Names as bytes: the JDK shows what is no text in its locale as question marks. */
final class RawNames {
  private RawNames() {}

  /** The names in the root of a snapshot, one character a byte. */
  static Set<String> list(Syscalls linux, List<Mount> mounts) throws IOException {
    Set<String> names = new HashSet<>();
    try (SeenTree seen = new SeenTree(linux, mounts);
        Fd root =
            new LinuxFiles(linux)
                .openat(LinuxFiles.AT_FDCWD, seen.path("").toString(), 0, OpenFlag.DIRECTORY);
        NativeMemory memory = new NativeMemory()) {
      long buffer = memory.allocate(65536);
      while (true) {
        int got = (int) linux.check("list", Sysno.GETDENTS64, root.number(), buffer, 65536);
        if (got == 0) {
          break;
        }
        byte[] bytes = memory.read(buffer, got);
        for (int at = 0; at < got; at += bytes[at + 16] & 0xff | (bytes[at + 17] & 0xff) << 8) {
          int end = at + 19;
          while (bytes[end] != 0) {
            end++;
          }
          names.add(new String(bytes, at + 19, end - at - 19, StandardCharsets.ISO_8859_1));
        }
      }
    }
    names.removeAll(Set.of(".", ".."));
    return names;
  }
}
