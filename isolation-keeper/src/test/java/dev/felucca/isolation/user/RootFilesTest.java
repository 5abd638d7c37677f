package dev.felucca.isolation.user;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.felucca.linux.LinuxFiles;
import dev.felucca.linux.LinuxSyscalls;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.Sysno;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RootFilesTest {
  private final Syscalls linux = LinuxSyscalls.load();
  @TempDir Path directory;

  @BeforeEach
  void begin() {
    assumeTrue(linux.call(Sysno.GETEUID) == 0, "making devices needs root");
  }

  private String read(String name) throws IOException {
    // This process's root is the host's, so the path is the same.
    return new RootFiles(linux, (int) ProcessHandle.current().pid())
        .read(directory.resolve(name).toString());
  }

  @Test
  void whatIsNoRegularFileIsAsGoodAsMissing() throws Exception {
    LinuxFiles files = new LinuxFiles(linux);
    files.mknodat(LinuxFiles.AT_FDCWD, directory.resolve("fifo").toString(), 0010644, 0, 0);
    files.mknodat(LinuxFiles.AT_FDCWD, directory.resolve("zero").toString(), 0020644, 1, 5);
    Files.createSymbolicLink(directory.resolve("loop"), Path.of("loop"));
    Files.createSymbolicLink(directory.resolve("magic"), Path.of("/proc/self/exe"));
    assertEquals("", read("fifo"));
    assertEquals("", read("zero"));
    assertEquals("", read("loop"));
    assertEquals("", read("magic"));
    assertEquals("", read("missing"));
    assertEquals("", read("missing/below"));
  }

  @Test
  void anEndlessFileIsRefused() throws Exception {
    try (FileChannel file =
        FileChannel.open(
            directory.resolve("big"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      file.write(ByteBuffer.allocate(1), 100L << 30);
    }
    assertThrows(IOException.class, () -> read("big"));
  }
}
