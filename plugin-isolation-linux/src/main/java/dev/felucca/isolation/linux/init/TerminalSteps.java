package dev.felucca.isolation.linux.init;

import static dev.felucca.linux.Arg.NULL;
import static dev.felucca.linux.Arg.n;
import static dev.felucca.linux.Arg.named;

import dev.felucca.isolation.program.CloneFlags;
import dev.felucca.isolation.shim.ShimFds;
import dev.felucca.kernel.isolation.ConsoleSize;
import dev.felucca.linux.Arg;
import dev.felucca.linux.OpenFlag;
import dev.felucca.linux.ProgramBuilder;
import dev.felucca.linux.Step;
import dev.felucca.linux.Sysno;
import dev.felucca.linux.pty.Terminal;
import org.jspecify.annotations.Nullable;

/** A terminal from the container's own devpts: its name inside is right, which a host's is not. */
final class TerminalSteps {
  private TerminalSteps() {}

  /**
   * Leaves the master with the shim, whose descriptors are shared until then, and takes the rest.
   */
  static void open(ProgramBuilder builder, @Nullable ConsoleSize size) {
    Arg master = n(ShimFds.MASTER);
    int flags = OpenFlag.bits(builder.arch(), OpenFlag.RDWR, OpenFlag.NOCTTY, OpenFlag.CLOEXEC);
    Arg.Address ptmx = builder.text("/dev/pts/ptmx");
    Step open =
        builder.step(
            Sysno.OPENAT, ProcessSteps.CWD, ptmx, named(flags, "O_RDWR|O_NOCTTY|O_CLOEXEC"));
    Step dup = builder.step(Sysno.DUP3, NULL, master, named(02000000, "O_CLOEXEC"));
    open.storeInto(dup, 0);
    builder.step(
        Sysno.IOCTL, master, named(Terminal.TIOCSPTLCK, "TIOCSPTLCK"), builder.space(8, "{0}"));
    if (size != null) {
      byte[] window = Terminal.windowSize(size.rows(), size.columns());
      String shown = "{" + size.rows() + ", " + size.columns() + "}";
      builder.step(
          Sysno.IOCTL,
          master,
          named(Terminal.TIOCSWINSZ, "TIOCSWINSZ"),
          builder.bytes(window, shown));
    }
    builder.step(Sysno.UNSHARE, named(CloneFlags.FILES.bit(), "CLONE_FILES"));
    Step peer =
        builder.step(
            Sysno.IOCTL,
            master,
            named(Terminal.TIOCGPTPEER, "TIOCGPTPEER"),
            named(flags, "O_RDWR|O_NOCTTY|O_CLOEXEC"));
    peer.storeInto(builder.step(Sysno.DUP3, NULL, n(0), n(0)), 0);
    builder.step(Sysno.DUP3, n(0), n(1), n(0));
    builder.step(Sysno.DUP3, n(0), n(2), n(0));
    builder.step(Sysno.IOCTL, n(0), named(Terminal.TIOCSCTTY, "TIOCSCTTY"), n(0));
  }
}
