package dev.felucca.linux.layer;

import dev.felucca.linux.SyscallException;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sets the extended attributes that a tar brings. Those of overlay itself ({@code
 * trusted.overlay.}) are never taken from a tar; what the file system cannot keep is left out with
 * one warning for the whole tar.
 */
final class TarXattrs {
  private static final Logger LOG = LoggerFactory.getLogger(TarXattrs.class);

  private final RawXattrs xattrs;
  private boolean warned;

  TarXattrs(RawFiles files) {
    xattrs = new RawXattrs(files);
  }

  /** Of an open file, which a warning calls {@code path}. */
  void set(int fd, Map<String, byte[]> all, String path) throws SyscallException {
    for (Map.Entry<String, byte[]> xattr : all.entrySet()) {
      set(fd, xattr.getKey(), xattr.getValue(), path);
    }
  }

  /** One of an open file. */
  void set(int fd, String name, byte[] value, String path) throws SyscallException {
    if (isWanted(name) && !xattrs.set(fd, name, value)) {
      warn(name, path);
    }
  }

  /** Of what is not to be opened. */
  void set(int directory, String child, Map<String, byte[]> all) throws SyscallException {
    for (Map.Entry<String, byte[]> xattr : all.entrySet()) {
      if (isWanted(xattr.getKey())
          && !xattrs.set(directory, child, xattr.getKey(), xattr.getValue())) {
        warn(xattr.getKey(), child);
      }
    }
  }

  private static boolean isWanted(String name) {
    return !name.startsWith(RawXattrs.OVERLAY);
  }

  private void warn(String name, String path) {
    if (!warned) {
      warned = true;
      LOG.warn(
          "file system keeps no extended attribute {} (of {}): left out",
          name,
          RawName.display(path));
    }
  }
}
