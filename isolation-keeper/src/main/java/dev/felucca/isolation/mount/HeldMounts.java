package dev.felucca.isolation.mount;

import dev.felucca.kernel.storage.Mount;
import dev.felucca.linux.Fd;
import dev.felucca.linux.LinuxFiles;
import dev.felucca.linux.LinuxMounts;
import dev.felucca.linux.NativeMemory;
import dev.felucca.linux.SyscallException;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.Sysno;
import dev.felucca.linux.mount.DetachedMounts;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Mounts for containers that are attached nowhere yet, with all their attributes. */
public final class HeldMounts {
  private static final String PROPAGATION = "r?(private|slave|shared|unbindable)";
  private static final String OWNERS = "idmap=";
  private static final long DEFAULT_PROPAGATION = MountFlags.PRIVATE | MountFlags.REC;

  private final Syscalls linux;
  private final DetachedMounts detached;

  public HeldMounts(Syscalls linux) {
    this.linux = linux;
    this.detached = new DetachedMounts(linux);
  }

  /**
   * Whether it is a file system made of directories of the host, as overlay is: whoever is in the
   * container can't name those, so that it has to be made out here.
   */
  public static boolean layered(Mount mount) {
    return mount.base() != null && !MountFlags.of(mount.type(), mount.options()).bind();
  }

  /**
   * Makes one: somebody in the container may move its place, so nothing is changed once it is
   * there.
   *
   * @param apart for a container with users of its own: what it mounts below is not seen on the
   *     host, however it is to be shared
   */
  public Fd make(Mount mount, boolean apart) throws IOException {
    MountFlags flags = MountFlags.of(mount.type(), mount.options());
    if (!flags.bind()) {
      List<String> words =
          mount.options().stream().filter(word -> !word.matches(PROPAGATION)).toList();
      return detached.mount(mount.type(), mount.source(), words, mount.base());
    }
    List<String> how = new ArrayList<>(List.of(flags.recursive() ? "rbind" : "bind"));
    mount.options().stream().filter(word -> word.startsWith(OWNERS)).forEach(how::add);
    Fd tree = detached.mount(mount.type(), mount.source(), how, mount.base());
    try {
      long propagation = flags.propagation() == 0 ? DEFAULT_PROPAGATION : flags.propagation();
      boolean all = (propagation & MountFlags.REC) != 0;
      if (flags.set() != 0) {
        change(tree, flags.set(), 0, false);
      }
      if (flags.recursiveAttributes() != 0) {
        change(tree, flags.recursiveAttributes(), 0, true);
      }
      if (apart && (propagation & MountFlags.SHARED) != 0) {
        change(tree, 0, MountFlags.SLAVE, all);
      }
      change(tree, 0, propagation & ~MountFlags.REC, all);
      return tree;
    } catch (IOException | RuntimeException e) {
      tree.close();
      throw e;
    }
  }

  private void change(Fd tree, long attributes, long propagation, boolean recursive)
      throws SyscallException {
    try (NativeMemory memory = new NativeMemory()) {
      linux.check(
          "set attributes of a mount by mount_setattr, which Linux has from 5.12",
          Sysno.MOUNT_SETATTR,
          tree.number(),
          memory.string(""),
          LinuxFiles.AT_EMPTY_PATH | (recursive ? LinuxMounts.AT_RECURSIVE : 0),
          memory.longs(attributes, 0, propagation, 0),
          32);
    }
  }
}
