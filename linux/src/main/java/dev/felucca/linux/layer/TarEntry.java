package dev.felucca.linux.layer;

import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * One entry of a tar, with what GNU and PAX extensions say about it put in place. Names are in
 * {@link RawName} form.
 *
 * @param type the type flag: {@code 0} regular, {@code 1} hard link, {@code 2} symbolic link,
 *     {@code 3} character device, {@code 4} block device, {@code 5} directory, {@code 6} fifo
 * @param size bytes of the file, holes included; 0 for everything but regular files
 * @param sparse where the stored bytes belong, or null when all of them are stored
 */
record TarEntry(
    String name,
    char type,
    int mode,
    int uid,
    int gid,
    long size,
    FileStat.Time modified,
    String linkName,
    int deviceMajor,
    int deviceMinor,
    SortedMap<String, byte[]> xattrs,
    @Nullable SparseMap sparse) {
  static final char REGULAR = '0';
  static final char HARD_LINK = '1';
  static final char SYMLINK = '2';
  static final char CHARACTER = '3';
  static final char BLOCK = '4';
  static final char DIRECTORY = '5';
  static final char FIFO = '6';

  boolean isDirectory() {
    return type == DIRECTORY;
  }
}
