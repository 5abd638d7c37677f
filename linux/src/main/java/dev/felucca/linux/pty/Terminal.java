package dev.felucca.linux.pty;

import dev.felucca.linux.NativeMemory;
import dev.felucca.linux.SyscallException;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.Sysno;

/** What can be asked of a pty's master, see ioctl_tty(2). */
public final class Terminal {
  public static final long TIOCSCTTY = 0x540E;
  public static final long TIOCSWINSZ = 0x5414;
  public static final long TIOCGWINSZ = 0x5413;

  /** Locks (1) or unlocks (0) the slave of a master. */
  public static final long TIOCSPTLCK = 0x40045431L;

  /** Opens the slave of a master without looking at any path, from Linux 4.13. */
  public static final long TIOCGPTPEER = 0x5441;

  private Terminal() {}

  /** Tells the terminal its size; its foreground processes get SIGWINCH when it changed. */
  public static void resize(Syscalls linux, int master, int rows, int columns)
      throws SyscallException {
    try (NativeMemory memory = new NativeMemory()) {
      long size = memory.bytes(windowSize(rows, columns));
      linux.check("resize terminal", Sysno.IOCTL, master, TIOCSWINSZ, size);
    }
  }

  /** The bytes of struct winsize. */
  public static byte[] windowSize(int rows, int columns) {
    return new byte[] {
      (byte) rows, (byte) (rows >> 8), (byte) columns, (byte) (columns >> 8), 0, 0, 0, 0
    };
  }
}
