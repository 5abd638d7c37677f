package dev.felucca.linux.layer;

/**
 * What statx(2) says about one file.
 *
 * @param mode type and permission bits together, as {@code st_mode}
 * @param size bytes, holes included
 * @param blocks units of 512 bytes that are on disk
 */
public record FileStat(
    long device,
    long inode,
    int mode,
    long links,
    int uid,
    int gid,
    long size,
    long blocks,
    Time modified,
    Time changed,
    int rdevMajor,
    int rdevMinor) {
  static final int TYPE = 0170000;
  static final int FIFO = 0010000;
  static final int CHARACTER = 0020000;
  static final int DIRECTORY = 0040000;
  static final int BLOCK = 0060000;
  static final int REGULAR = 0100000;
  static final int SYMLINK = 0120000;
  static final int SOCKET = 0140000;
  static final int SETGID = 02000;

  /** A point in time: seconds since 1970, which may be negative, and nanoseconds. */
  public record Time(long seconds, int nanos) implements Comparable<Time> {
    public static final Time EPOCH = new Time(0, 0);

    @Override
    public int compareTo(Time other) {
      int bySeconds = Long.compare(seconds, other.seconds);
      return bySeconds != 0 ? bySeconds : Integer.compare(nanos, other.nanos);
    }
  }

  /** Two names with the same identity are hard links of one file. */
  public record Identity(long device, long inode) {}

  public int type() {
    return mode & TYPE;
  }

  public int permissions() {
    return mode & 07777;
  }

  public boolean isDirectory() {
    return type() == DIRECTORY;
  }

  public boolean isRegular() {
    return type() == REGULAR;
  }

  public boolean isSymlink() {
    return type() == SYMLINK;
  }

  public boolean isDevice() {
    return type() == CHARACTER || type() == BLOCK;
  }

  /** The character device 0:0 by which overlay hides a name of lower layers. */
  public boolean isWhiteout() {
    return type() == CHARACTER && rdevMajor == 0 && rdevMinor == 0;
  }

  public Identity identity() {
    return new Identity(device, inode);
  }
}
