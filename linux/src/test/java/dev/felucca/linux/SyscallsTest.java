package dev.felucca.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

class SyscallsTest {
  private final Syscalls linux = LinuxSyscalls.load();

  @Test
  void callAnswersTheResultOrTheNegativeErrno() {
    assertEquals(ProcessHandle.current().pid(), linux.call(Sysno.GETPID));
    assertEquals(-Errno.EBADF.number(), linux.call(Sysno.CLOSE, 1_000_000));
  }

  @Test
  void checkNamesTheAttemptAndTheReason() {
    SyscallException refused =
        assertThrows(
            SyscallException.class, () -> new LinuxMounts(linux).umount2("/nonexistent", 0));
    assertEquals("umount /nonexistent: ENOENT (no such file or directory)", refused.getMessage());
    assertEquals(Errno.ENOENT, refused.errno());
  }

  @Test
  void bytesGoThroughAPipeAndBack() throws Exception {
    try (NativeMemory memory = new NativeMemory()) {
      long pair = memory.allocate(8);
      linux.check("pipe", Sysno.PIPE2, pair, 0);
      try (Fd in = new Fd(linux, memory.getInt(pair));
          Fd out = new Fd(linux, memory.getInt(pair + 4));
          Fd copy = out.dup()) {
        copy.write(new byte[] {1, 2, 3});
        byte[] got = new byte[10];
        assertEquals(3, in.read(got));
        assertEquals(2, got[1]);
      }
    }
  }

  @Test
  void aClosedDescriptorIsNeverUsedAgain() throws Exception {
    Fd fd = new LinuxFiles(linux).openat(LinuxFiles.AT_FDCWD, "/dev/null", 0, OpenFlag.RDWR);
    int number = fd.number();
    fd.close();
    fd.close();
    assertThrows(IllegalStateException.class, fd::number);
    assertFalse(fd.isOpen());
    assertEquals(-Errno.EBADF.number(), linux.call(Sysno.FCNTL, number, 1));
  }

  @Test
  void anEmbeddedNulIsRefused() {
    try (NativeMemory memory = new NativeMemory()) {
      assertThrows(IllegalArgumentException.class, () -> memory.string("a\0b"));
    }
  }

  @Test
  void memoryKeepsWhatItIsGivenAcrossChunks() {
    try (NativeMemory memory = new NativeMemory()) {
      long vector = memory.strings(List.of("a".repeat(5000), "ü"));
      long big = memory.allocate(100_000);
      assertEquals(0, memory.getLong(big + 99_992));
      assertEquals("a".repeat(5000), memory.readString(memory.getLong(vector)));
      assertEquals("ü", memory.readString(memory.getLong(vector + 8)));
      assertEquals(0, memory.getLong(vector + 16));
      assertThrows(IndexOutOfBoundsException.class, () -> memory.getInt(vector - 1_000_000));
    }
  }

  @Test
  void aCallTheArchitectureLacksIsRefusedByName() {
    UnsupportedOperationException refused =
        assertThrows(UnsupportedOperationException.class, () -> Sysno.DUP2.number(Arch.AARCH64));
    assertEquals("the system call dup2 does not exist on AARCH64", refused.getMessage());
    assertEquals(56, Sysno.OPENAT.number(Arch.AARCH64));
    assertEquals(257, Sysno.OPENAT.number(Arch.X86_64));
  }
}
