package dev.felucca.linux.mount;

import static dev.felucca.linux.LinuxMounts.MS_BIND;
import static dev.felucca.linux.LinuxMounts.MS_NOATIME;
import static dev.felucca.linux.LinuxMounts.MS_NODEV;
import static dev.felucca.linux.LinuxMounts.MS_NOEXEC;
import static dev.felucca.linux.LinuxMounts.MS_NOSUID;
import static dev.felucca.linux.LinuxMounts.MS_PRIVATE;
import static dev.felucca.linux.LinuxMounts.MS_RDONLY;
import static dev.felucca.linux.LinuxMounts.MS_REC;
import static dev.felucca.linux.LinuxMounts.MS_RELATIME;
import static dev.felucca.linux.LinuxMounts.MS_REMOUNT;
import static dev.felucca.linux.LinuxMounts.MS_SHARED;
import static dev.felucca.linux.LinuxMounts.MS_SLAVE;
import static dev.felucca.linux.LinuxMounts.MS_STRICTATIME;
import static dev.felucca.linux.LinuxMounts.MS_UNBINDABLE;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Option words as mount(8) has them, sorted into what mount(2) takes: flags, a propagation type
 * that needs a call of its own, and data for the file system. A later word overrides an earlier one
 * that says the opposite.
 *
 * @param flags the {@code MS_} flags, {@code MS_BIND} and {@code MS_REC} included
 * @param propagation {@code MS_PRIVATE} and its like, with {@code MS_REC} where asked for; 0 for
 *     none
 * @param data every word that is no flag, in the order given
 */
public record MountOptions(long flags, long propagation, List<String> data) {
  private static final long MS_SYNCHRONOUS = 16;
  private static final long MS_MANDLOCK = 64;
  private static final long MS_DIRSYNC = 128;
  private static final long MS_NOSYMFOLLOW = 256;
  private static final long MS_NODIRATIME = 2048;
  private static final long MS_SILENT = 32768;
  private static final long MS_LAZYTIME = 1 << 25;

  /** The same attributes as fsmount(2) and mount_setattr(2) number them. */
  private static final Map<Long, Long> ATTRIBUTES =
      Map.of(
          MS_RDONLY, 0x1L,
          MS_NOSUID, 0x2L,
          MS_NODEV, 0x4L,
          MS_NOEXEC, 0x8L,
          MS_NOATIME, 0x10L,
          MS_STRICTATIME, 0x20L,
          MS_NODIRATIME, 0x80L,
          MS_NOSYMFOLLOW, 0x200000L);

  private record Word(long set, long clear) {}

  private static final long ATIMES = MS_NOATIME | MS_RELATIME | MS_STRICTATIME;

  private static final Map<String, Word> WORDS =
      Map.ofEntries(
          Map.entry("defaults", new Word(0, 0)),
          Map.entry("ro", new Word(MS_RDONLY, 0)),
          Map.entry("rw", new Word(0, MS_RDONLY)),
          Map.entry("nosuid", new Word(MS_NOSUID, 0)),
          Map.entry("suid", new Word(0, MS_NOSUID)),
          Map.entry("nodev", new Word(MS_NODEV, 0)),
          Map.entry("dev", new Word(0, MS_NODEV)),
          Map.entry("noexec", new Word(MS_NOEXEC, 0)),
          Map.entry("exec", new Word(0, MS_NOEXEC)),
          Map.entry("sync", new Word(MS_SYNCHRONOUS, 0)),
          Map.entry("async", new Word(0, MS_SYNCHRONOUS)),
          Map.entry("dirsync", new Word(MS_DIRSYNC, 0)),
          Map.entry("mand", new Word(MS_MANDLOCK, 0)),
          Map.entry("nomand", new Word(0, MS_MANDLOCK)),
          Map.entry("noatime", new Word(MS_NOATIME, ATIMES)),
          Map.entry("atime", new Word(0, MS_NOATIME)),
          Map.entry("relatime", new Word(MS_RELATIME, ATIMES)),
          Map.entry("norelatime", new Word(0, MS_RELATIME)),
          Map.entry("strictatime", new Word(MS_STRICTATIME, ATIMES)),
          Map.entry("nostrictatime", new Word(0, MS_STRICTATIME)),
          Map.entry("nodiratime", new Word(MS_NODIRATIME, 0)),
          Map.entry("diratime", new Word(0, MS_NODIRATIME)),
          Map.entry("lazytime", new Word(MS_LAZYTIME, 0)),
          Map.entry("nolazytime", new Word(0, MS_LAZYTIME)),
          Map.entry("nosymfollow", new Word(MS_NOSYMFOLLOW, 0)),
          Map.entry("symfollow", new Word(0, MS_NOSYMFOLLOW)),
          Map.entry("silent", new Word(MS_SILENT, 0)),
          Map.entry("loud", new Word(0, MS_SILENT)),
          Map.entry("remount", new Word(MS_REMOUNT, 0)),
          Map.entry("bind", new Word(MS_BIND, 0)),
          Map.entry("rbind", new Word(MS_BIND | MS_REC, 0)));

  private static final Map<String, Long> PROPAGATION =
      Map.of(
          "private",
          MS_PRIVATE,
          "rprivate",
          MS_PRIVATE | MS_REC,
          "slave",
          MS_SLAVE,
          "rslave",
          MS_SLAVE | MS_REC,
          "shared",
          MS_SHARED,
          "rshared",
          MS_SHARED | MS_REC,
          "unbindable",
          MS_UNBINDABLE,
          "runbindable",
          MS_UNBINDABLE | MS_REC);

  public MountOptions {
    data = List.copyOf(data);
  }

  public static MountOptions parse(List<String> words) {
    long flags = 0;
    long propagation = 0;
    List<String> data = new ArrayList<>();
    for (String text : words) {
      Word word = WORDS.get(text);
      Long type = PROPAGATION.get(text);
      if (word != null) {
        flags = flags & ~word.clear | word.set;
      } else if (type != null) {
        propagation = type;
      } else if (!text.isEmpty()) {
        data.add(text);
      }
    }
    return new MountOptions(flags, propagation, data);
  }

  public boolean bind() {
    return (flags & MS_BIND) != 0;
  }

  public boolean recursive() {
    return (flags & MS_REC) != 0;
  }

  /**
   * The flags for the second call that a bind mount with attributes needs: the first one ignores
   * them. 0 when no second call is needed.
   */
  public long remountFlags() {
    long attributes = flags & ~(MS_BIND | MS_REC | MS_SILENT);
    return bind() && attributes != 0 ? attributes | MS_BIND | MS_REMOUNT : 0;
  }

  /** The data as mount(2) takes it; it must stay under one page with its NUL. */
  public String dataString() {
    return String.join(",", data);
  }

  /** The attributes as fsmount(2) takes them. */
  public long attributes() {
    long attributes = 0;
    for (Map.Entry<Long, Long> entry : ATTRIBUTES.entrySet()) {
      if ((flags & entry.getKey()) != 0) {
        attributes |= entry.getValue();
      }
    }
    return attributes;
  }
}
