package dev.felucca.tck.isolation;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/** A root file system made of the host's static busybox. */
public final class BusyboxRoot {
  private static final List<String> APPLETS =
      List.of(
          "sh",
          "true",
          "false",
          "cat",
          "echo",
          "sleep",
          "id",
          "ps",
          "tty",
          "ls",
          "kill",
          "hostname",
          "seq",
          "stty",
          "mount",
          "grep",
          "env",
          "pwd",
          "stat",
          "touch",
          "dd",
          "head",
          "usleep",
          "mkdir",
          "readlink",
          "test",
          "trap",
          "wc",
          "printf");

  private BusyboxRoot() {}

  /** Fills the directory; skips the test where there is no busybox. */
  public static Path make(Path root) throws IOException {
    Path busybox = Path.of("/usr/bin/busybox");
    if (!Files.exists(busybox)) {
      busybox = Path.of("/bin/busybox");
    }
    assumeTrue(Files.exists(busybox), "no static busybox on this host");
    for (String directory :
        List.of("bin", "etc", "tmp", "proc", "dev", "sys", "home/anna", "root")) {
      Files.createDirectories(root.resolve(directory));
    }
    Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.setPosixFilePermissions(
        root.resolve("tmp"), PosixFilePermissions.fromString("rwxrwxrwx"));
    Files.copy(
        busybox,
        root.resolve("bin/busybox"),
        StandardCopyOption.COPY_ATTRIBUTES,
        StandardCopyOption.REPLACE_EXISTING);
    for (String applet : APPLETS) {
      Files.createSymbolicLink(root.resolve("bin").resolve(applet), Path.of("busybox"));
    }
    Files.writeString(
        root.resolve("etc/passwd"),
        "root:x:0:0:root:/root:/bin/sh\nanna:x:1000:1001:Anna:/home/anna:/bin/sh\n");
    Files.writeString(
        root.resolve("etc/group"), "root:x:0:root\nstaff:x:1001:\naudio:x:29:anna,other\n");
    return root;
  }
}
