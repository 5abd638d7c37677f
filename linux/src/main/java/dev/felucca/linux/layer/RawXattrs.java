package dev.felucca.linux.layer;

import dev.felucca.linux.Errno;
import dev.felucca.linux.SyscallException;
import dev.felucca.linux.Sysno;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Extended attributes, of open files and of what cannot be opened (symbolic links, devices). */
final class RawXattrs {
  static final String OPAQUE = "trusted.overlay.opaque";
  static final String OVERLAY = "trusted.overlay.";
  static final String DEFAULT_ACL = "system.posix_acl_default";
  private static final int SIZE_MAX = 65536;

  private final RawFiles files;

  RawXattrs(RawFiles files) {
    this.files = files;
  }

  /** False when the file system keeps no attributes of that kind. */
  boolean set(int fd, String name, byte[] value) throws SyscallException {
    return done(
        name,
        files.call(Sysno.FSETXATTR, fd, files.other(name), files.given(value), value.length, 0));
  }

  /** For what is not to be opened; the last component is not followed. */
  boolean set(int directory, String child, String name, byte[] value) throws SyscallException {
    return done(
        name,
        files.call(
            Sysno.LSETXATTR,
            files.name(path(directory, child)),
            files.other(name),
            files.given(value),
            value.length,
            0));
  }

  byte @Nullable [] get(int fd, String name) throws SyscallException {
    long address = files.given(new byte[0]);
    return value(name, files.call(Sysno.FGETXATTR, fd, files.other(name), address, SIZE_MAX));
  }

  byte @Nullable [] get(int directory, String child, String name) throws SyscallException {
    long address = files.given(new byte[0]);
    return value(
        name,
        files.call(
            Sysno.LGETXATTR,
            files.name(path(directory, child)),
            files.other(name),
            address,
            SIZE_MAX));
  }

  /** All attributes by name, those of overlay itself left out. */
  SortedMap<String, byte[]> all(int fd) throws SyscallException {
    long address = files.given(new byte[0]);
    SortedMap<String, byte[]> found = new TreeMap<>();
    for (String name : names(files.call(Sysno.FLISTXATTR, fd, address, SIZE_MAX))) {
      keep(found, name, get(fd, name));
    }
    return found;
  }

  SortedMap<String, byte[]> all(int directory, String child) throws SyscallException {
    long address = files.given(new byte[0]);
    SortedMap<String, byte[]> found = new TreeMap<>();
    long listed =
        files.call(Sysno.LLISTXATTR, files.name(path(directory, child)), address, SIZE_MAX);
    for (String name : names(listed)) {
      keep(found, name, get(directory, child, name));
    }
    return found;
  }

  boolean opaque(int fd) throws SyscallException {
    byte[] value = get(fd, OPAQUE);
    return value != null && value.length == 1 && value[0] == 'y';
  }

  private static void keep(Map<String, byte[]> found, String name, byte @Nullable [] value) {
    if (value != null) {
      found.put(name, value);
    }
  }

  private String[] names(long result) throws SyscallException {
    if (Errno.EOPNOTSUPP.is(result) || result == 0) {
      return new String[0];
    }
    files.ok(result, "list extended attributes", "");
    String all = new String(files.taken((int) result), StandardCharsets.ISO_8859_1);
    return Arrays.stream(all.split("\0"))
        .filter(name -> !name.startsWith(OVERLAY))
        .toArray(String[]::new);
  }

  private byte @Nullable [] value(String name, long result) throws SyscallException {
    if (Errno.ENODATA.is(result) || Errno.EOPNOTSUPP.is(result)) {
      return null;
    }
    files.ok(result, "read extended attribute", name);
    return files.taken((int) result);
  }

  private boolean done(String name, long result) throws SyscallException {
    if (Errno.EOPNOTSUPP.is(result)) {
      return false;
    }
    files.ok(result, "set extended attribute", name);
    return true;
  }

  private static String path(int directory, String child) {
    return "/proc/self/fd/" + directory + "/" + child;
  }
}
