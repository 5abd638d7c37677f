package dev.felucca.linux.cgroup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.felucca.linux.Arch;
import dev.felucca.linux.Errno;
import dev.felucca.linux.Fd;
import dev.felucca.linux.LinuxSyscalls;
import dev.felucca.linux.NativeMemory;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.Sysno;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class CgroupDevicesTest {
  private static final int CAP_SYS_RESOURCE = 24;
  private static final byte[] PROGRAM =
      DeviceProgram.assemble(DevicePolicy.of(List.of(DeviceRule.DENY_ALL)));

  private final Syscalls linux = LinuxSyscalls.load();

  /** As before Linux 5.11, where this process has loaded as many as it may. */
  private final Syscalls full =
      new Syscalls() {
        @Override
        public Arch arch() {
          return linux.arch();
        }

        @Override
        public long call(Sysno nr, long... args) {
          return nr == Sysno.BPF ? -Errno.EPERM.number() : linux.call(nr, args);
        }
      };

  @Test
  void whatThisProcessMayNotLoadAChildDoesAndItsLimitsStay() throws Exception {
    assumeTrue(mayRaise(), "needs CAP_SYS_RESOURCE");
    try (NativeMemory memory = new NativeMemory()) {
      List<String> limits = limits();
      try (Fd loaded = new CgroupDevices(full).load(memory, PROGRAM)) {
        List<String> info = Files.readAllLines(Path.of("/proc/self/fdinfo/" + loaded.number()));
        assertTrue(info.contains("prog_type:\t15"), info::toString);
      }
      assertEquals(limits, limits());
    }
  }

  @Test
  void whatNobodyMayLoadIsRefusedWithWhatIsMissing() throws Exception {
    assumeFalse(mayRaise(), "with CAP_SYS_RESOURCE it is loaded");
    try (NativeMemory memory = new NativeMemory()) {
      String words =
          assertThrows(IOException.class, () -> new CgroupDevices(full).load(memory, PROGRAM))
              .getMessage();
      assertTrue(words.contains("ulimit -l"), words);
    }
  }

  private static boolean mayRaise() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("CapEff:"))
        .mapToLong(line -> Long.parseUnsignedLong(line.substring(7).trim(), 16))
        .anyMatch(capabilities -> (capabilities >>> CAP_SYS_RESOURCE & 1) != 0);
  }

  private static List<String> limits() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/limits"));
  }
}
