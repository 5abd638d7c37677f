package dev.felucca.tck.storage;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import dev.felucca.kernel.storage.Mount;
import dev.felucca.linux.Errno;
import dev.felucca.linux.Fd;
import dev.felucca.linux.NativeMemory;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.Sysno;
import dev.felucca.linux.layer.FileArchives;
import dev.felucca.linux.mount.DetachedMounts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A snapshot as a container would see it, by a mount that is attached nowhere and ends with this.
 */
public final class SeenTree implements AutoCloseable {
  private final Syscalls linux;
  private final Fd mount;

  public SeenTree(Syscalls linux, List<Mount> mounts) throws IOException {
    if (mounts.size() != 1) {
      throw new IOException("more mounts than the suite knows to show: " + mounts);
    }
    Mount only = mounts.get(0);
    this.linux = linux;
    this.mount =
        new DetachedMounts(linux).mount(only.type(), only.source(), only.options(), only.base());
  }

  public Path path(String relative) {
    Path root = Path.of("/proc/self/fd/" + mount.number());
    return relative.isEmpty() ? root : root.resolve(relative);
  }

  public String read(String file) throws IOException {
    return Files.readString(path(file), ISO_8859_1);
  }

  public boolean has(String file) {
    return Files.exists(path(file), NOFOLLOW_LINKS);
  }

  /** An attribute of the JDK's "unix" view, of the file itself. */
  public Object unix(String file, String attribute) throws IOException {
    return Files.getAttribute(path(file), "unix:" + attribute, NOFOLLOW_LINKS);
  }

  public int mode(String file) throws IOException {
    return (int) unix(file, "mode");
  }

  /** The bytes that a file at the top takes on disk. */
  public long onDisk(String file) throws IOException {
    return FileArchives.stat(linux, path(""), file).blocks() * 512;
  }

  /** The names in a directory, sorted. */
  public TreeSet<String> names(String directory) throws IOException {
    TreeSet<String> names = new TreeSet<>();
    try (Stream<Path> files = Files.list(path(directory.isEmpty() ? "." : directory + "/."))) {
      files.forEach(file -> names.add(file.getFileName().toString()));
    }
    return names;
  }

  /** An extended attribute of the file itself, null when it has none of that name. */
  public byte @Nullable [] xattr(String file, String name) throws IOException {
    try (NativeMemory memory = new NativeMemory()) {
      long value = memory.allocate(65536);
      long got =
          linux.call(
              Sysno.LGETXATTR,
              memory.string(path(file).toString()),
              memory.string(name),
              value,
              65536);
      if (Errno.ENODATA.is(got)) {
        return null;
      }
      if (got < 0) {
        throw new IOException("getxattr " + file + ": " + Errno.of(got));
      }
      return memory.read(value, (int) got);
    }
  }

  @Override
  public void close() {
    mount.close();
  }
}
