package dev.felucca.linux.layer;

import dev.felucca.linux.Errno;
import dev.felucca.linux.SyscallException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Writes differences as a layer tar. Sockets are left out: they mean nothing without their owner.
 * So is what vanishes while it is read.
 */
final class LayerWriter implements ChangeSink {
  private static final SortedMap<String, byte[]> NO_XATTRS = new TreeMap<>();

  private final RawFiles files;
  private final TarWriter tar;
  private final SparseScan scan;
  private final Map<FileStat.Identity, String> linked = new HashMap<>();
  private final byte[] bytes;
  private final boolean layer;

  LayerWriter(RawFiles files, OutputStream out) {
    this(files, out, true);
  }

  /** An archive that is no layer takes every name. */
  LayerWriter(RawFiles files, OutputStream out, boolean layer) {
    this.layer = layer;
    this.files = files;
    tar = new TarWriter(out);
    scan = new SparseScan(files);
    bytes = new byte[files.content().capacity()];
  }

  @Override
  public void present(
      int directory,
      String name,
      String path,
      FileStat stat,
      SortedMap<String, byte[]> xattrs,
      boolean known)
      throws IOException {
    if (layer && name.startsWith(".wh.")) {
      throw new IOException(
          "cannot be kept in a layer, where it means a whiteout: " + RawName.display(path));
    }
    if (stat.type() == FileStat.SOCKET) {
      return;
    }
    boolean shared = !stat.isDirectory() && stat.links() > 1;
    String first = shared ? linked.get(stat.identity()) : null;
    if (first != null) {
      tar.header(entry(path, TarEntry.HARD_LINK, stat, 0, first, NO_XATTRS, null));
      return;
    }
    try {
      whole(directory, name, path, stat, xattrs);
    } catch (SyscallException e) {
      if (e.errno() != Errno.ENOENT) {
        throw e;
      }
      return; // It vanished before it was opened, and nothing of it is written.
    }
    if (shared) {
      linked.put(stat.identity(), path);
    }
  }

  private void whole(
      int directory, String name, String path, FileStat stat, SortedMap<String, byte[]> xattrs)
      throws IOException {
    switch (stat.type()) {
      case FileStat.DIRECTORY ->
          tar.header(entry(path + "/", TarEntry.DIRECTORY, stat, 0, "", xattrs, null));
      case FileStat.SYMLINK -> {
        String target = files.readlink(directory, name);
        tar.header(entry(path, TarEntry.SYMLINK, stat, 0, target, xattrs, null));
      }
      case FileStat.REGULAR -> regular(directory, name, path, stat, xattrs);
      case FileStat.FIFO -> tar.header(entry(path, TarEntry.FIFO, stat, 0, "", xattrs, null));
      case FileStat.BLOCK -> tar.header(entry(path, TarEntry.BLOCK, stat, 0, "", xattrs, null));
      default -> tar.header(entry(path, TarEntry.CHARACTER, stat, 0, "", xattrs, null));
    }
  }

  @Override
  public void removed(String path) throws IOException {
    int slash = path.lastIndexOf('/') + 1;
    marker(path.substring(0, slash) + ".wh." + path.substring(slash));
  }

  @Override
  public void opaque(String path) throws IOException {
    marker(path + "/.wh..wh..opq");
  }

  void finish() throws IOException {
    tar.finish();
  }

  private void marker(String path) throws IOException {
    tar.header(
        new TarEntry(
            path, TarEntry.REGULAR, 0, 0, 0, 0, FileStat.Time.EPOCH, "", 0, 0, NO_XATTRS, null));
    tar.pad(0);
  }

  private void regular(
      int directory, String name, String path, FileStat stat, SortedMap<String, byte[]> xattrs)
      throws IOException {
    int fd = files.openRead(directory, name);
    try {
      // As it is now: the file may have grown or been replaced since the directory was read.
      FileStat now = files.stat(fd);
      if (!now.isRegular()) {
        throw new IOException("file was replaced while being read: " + RawName.display(path));
      }
      // The same content must give the same layer; an archive need only know of real holes, and
      // is not worth reading a file twice.
      SparseMap map = layer || now.blocks() * 512 < now.size() ? scan.map(fd, now.size()) : null;
      tar.header(entry(path, TarEntry.REGULAR, now, now.size(), "", xattrs, map));
      long stored = 0;
      if (map == null) {
        copy(fd, 0, now.size());
        stored = now.size();
      } else {
        for (int i = 0; i < map.count(); i++) {
          copy(fd, map.offset(i), map.length(i));
          stored += map.length(i);
        }
      }
      tar.pad(stored);
    } finally {
      files.close(fd);
    }
  }

  /** Copies exactly that much: a file cut short meanwhile is filled up with zeros. */
  private void copy(int fd, long offset, long length) throws IOException {
    ByteBuffer content = files.content();
    for (long done = 0; done < length; ) {
      int some = (int) Math.min(bytes.length, length - done);
      int got = files.read(fd, some, offset + done);
      if (got == 0) {
        Arrays.fill(bytes, 0, some, (byte) 0);
        got = some;
      } else {
        content.get(0, bytes, 0, got);
      }
      tar.content(bytes, got);
      done += got;
    }
  }

  private static TarEntry entry(
      String path,
      char type,
      FileStat stat,
      long size,
      String link,
      SortedMap<String, byte[]> xattrs,
      @Nullable SparseMap map) {
    boolean device = stat.isDevice();
    return new TarEntry(
        path,
        type,
        stat.permissions(),
        stat.uid(),
        stat.gid(),
        size,
        stat.modified(),
        link,
        device ? stat.rdevMajor() : 0,
        device ? stat.rdevMinor() : 0,
        xattrs,
        map);
  }
}
