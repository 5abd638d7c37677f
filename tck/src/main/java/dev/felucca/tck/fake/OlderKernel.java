package dev.felucca.tck.fake;

import dev.felucca.linux.Arch;
import dev.felucca.linux.Errno;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.Sysno;
import java.util.Set;

/** This kernel without some of its calls; close_range(2) has no flags then, as before 5.11. */
public final class OlderKernel implements Syscalls {
  private final Syscalls linux;
  private final Set<Sysno> lacking;

  public OlderKernel(Syscalls linux, Sysno... lacking) {
    this.linux = linux;
    this.lacking = Set.of(lacking);
  }

  @Override
  public Arch arch() {
    return linux.arch();
  }

  @Override
  public long call(Sysno nr, long... args) {
    if (lacking.contains(nr)) {
      return -Errno.ENOSYS.number();
    }
    return nr == Sysno.CLOSE_RANGE && args[2] != 0 ? -Errno.EINVAL.number() : linux.call(nr, args);
  }
}
