package dev.felucca.linux.quota;

import dev.felucca.linux.Errno;
import dev.felucca.linux.Fd;
import dev.felucca.linux.LinuxFiles;
import dev.felucca.linux.NativeMemory;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.Sysno;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** The devices that file systems are on. */
final class BlockDevices {
  private static final String NAME = "DEVNAME=";
  private static final int STATX_SIZE = 256;
  private static final int DEVICE_MAJOR = 136;
  private static final int DEVICE_MINOR = 140;

  private BlockDevices() {}

  /** The node in /dev of the one that a file is on; empty where there is none. */
  static Optional<Path> under(Syscalls linux, Fd file) {
    try (NativeMemory memory = new NativeMemory()) {
      long stat = memory.allocate(STATX_SIZE);
      long empty = memory.string("");
      long result =
          linux.call(Sysno.STATX, file.number(), empty, LinuxFiles.AT_EMPTY_PATH, 0, stat);
      if (Errno.failed(result)) {
        return Optional.empty();
      }
      return named(memory.getInt(stat + DEVICE_MAJOR), memory.getInt(stat + DEVICE_MINOR));
    }
  }

  /** By the name that the kernel made the node with: links below /dev/block are udev's. */
  private static Optional<Path> named(int major, int minor) {
    try {
      return Files.readAllLines(Path.of("/sys/dev/block", major + ":" + minor, "uevent")).stream()
          .filter(line -> line.startsWith(NAME))
          .map(line -> Path.of("/dev", line.substring(NAME.length())))
          .filter(Files::exists)
          .findFirst();
    } catch (IOException e) {
      return Optional.empty(); // none of the host's disks, as with btrfs, overlay and tmpfs
    }
  }
}
