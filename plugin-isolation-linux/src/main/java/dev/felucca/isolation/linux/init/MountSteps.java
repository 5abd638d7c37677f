package dev.felucca.isolation.linux.init;

import static dev.felucca.isolation.linux.init.ProcessSteps.CWD;
import static dev.felucca.linux.Arg.NULL;
import static dev.felucca.linux.Arg.hex;
import static dev.felucca.linux.Arg.n;
import static dev.felucca.linux.Arg.named;

import dev.felucca.isolation.mount.MountFlags;
import dev.felucca.isolation.mount.MountPlaces;
import dev.felucca.kernel.isolation.ContainerMount;
import dev.felucca.kernel.storage.Mount;
import dev.felucca.linux.Arg;
import dev.felucca.linux.Label;
import dev.felucca.linux.LinuxFiles;
import dev.felucca.linux.OpenFlag;
import dev.felucca.linux.ProgramBuilder;
import dev.felucca.linux.Step;
import dev.felucca.linux.Sysno;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Mounts, made so that nothing in the container's root can lead them out of it: sources are held by
 * descriptors before pivot_root(2), targets are looked up after it, when there is no other root.
 */
final class MountSteps {
  private static final long RESOLVE_BELOW =
      LinuxFiles.RESOLVE_BENEATH | LinuxFiles.RESOLVE_NO_MAGICLINKS;
  private static final Arg OPEN_TREE_CLONE = named(1 | 02000000, "OPEN_TREE_CLONE");
  private static final Arg OPEN_TREE_ALL =
      named(1 | 02000000 | 0x8000, "OPEN_TREE_CLONE|AT_RECURSIVE");
  private static final Arg OPEN_TREE_CLONE_OF =
      named(1 | 02000000 | 0x1000, "OPEN_TREE_CLONE|AT_EMPTY_PATH");
  private static final Arg OPEN_TREE_ALL_OF =
      named(1 | 02000000 | 0x8000 | 0x1000, "OPEN_TREE_CLONE|AT_RECURSIVE|AT_EMPTY_PATH");
  private static final Arg FOLLOWING = named(0x04 | 0x10, "F_EMPTY_PATH|T_SYMLINKS");
  private static final long LOCAL_FLAGS =
      MountFlags.RDONLY | MountFlags.NOSUID | MountFlags.NODEV | MountFlags.NOEXEC;

  private final ProgramBuilder builder;
  private final boolean mountSetattr;
  private final Set<String> files;
  private final Inherited inherited;
  private final Map<ContainerMount, Step> sources = new HashMap<>();
  private final MountPlaces places;

  MountSteps(ProgramBuilder builder, boolean mountSetattr, Set<String> files, Inherited inherited) {
    this.builder = builder;
    this.mountSetattr = mountSetattr;
    this.files = files;
    this.inherited = inherited;
    this.places = new MountPlaces(builder);
  }

  MountPlaces places() {
    return places;
  }

  /** mount(2) with an absolute target. */
  Step mount(String source, String target, @Nullable String type, long flags, String data) {
    return builder.step(
        Sysno.MOUNT,
        builder.text(source),
        builder.text(target),
        type == null ? NULL : builder.text(type),
        hex(flags),
        data.isEmpty() ? NULL : builder.text(data));
  }

  /** A part of the root itself, on the host's side of pivot_root. */
  void root(Mount mount, String target) {
    if (mount.base() != null) {
      builder.step(Sysno.CHDIR, builder.text(mount.base().toString()));
    }
    MountFlags flags = MountFlags.of(mount.type(), mount.options());
    if (!flags.bind()) {
      mount(mount.source(), target, mount.type(), flags.set(), flags.dataText());
      return;
    }
    long bind = MountFlags.BIND | (flags.recursive() ? MountFlags.REC : 0);
    mount(mount.source(), target, null, bind, "");
    if (flags.set() != 0) {
      mount("", target, null, MountFlags.BIND | MountFlags.REMOUNT | flags.set(), "");
    }
  }

  /** Whether what is mounted in the container is to be seen on the host too. */
  static boolean isShared(ContainerMount mount) {
    return (flags(mount).propagation() & MountFlags.SHARED) != 0;
  }

  private static MountFlags flags(ContainerMount mount) {
    return MountFlags.of(mount.mount().type(), mount.mount().options());
  }

  /** Before pivot_root: holds the source of a bind mount. */
  void hold(ContainerMount mount) {
    MountFlags flags = flags(mount);
    if (flags.bind() && !inherited.mounts().containsKey(mount)) {
      Mount bind = mount.mount();
      sources.put(
          mount,
          bind.base() == null
              ? builder.step(
                  Sysno.OPEN_TREE,
                  CWD,
                  builder.text(bind.source()),
                  flags.recursive() ? OPEN_TREE_ALL : OPEN_TREE_CLONE)
              : holdBelow(bind.base().toString(), bind.source(), flags));
    }
  }

  /** What is below a directory that others may write to: no link leads out of it. */
  private Step holdBelow(String base, String path, MountFlags flags) {
    int open = OpenFlag.bits(builder.arch(), OpenFlag.PATH, OpenFlag.DIRECTORY, OpenFlag.CLOEXEC);
    Step top =
        builder.step(
            Sysno.OPENAT, CWD, builder.text(base), named(open, "O_PATH|O_DIRECTORY|O_CLOEXEC"));
    Arg.Address how = builder.space(24, "{O_PATH|O_CLOEXEC, BENEATH|NO_MAGICLINKS}");
    builder.putLong(how, OpenFlag.bits(builder.arch(), OpenFlag.PATH, OpenFlag.CLOEXEC));
    builder.putLong(how.plus(16), RESOLVE_BELOW);
    Step found = builder.step(Sysno.OPENAT2, NULL, builder.text(path), how, n(24));
    top.storeInto(found, 0);
    Step tree =
        builder.step(
            Sysno.OPEN_TREE,
            NULL,
            builder.text(""),
            flags.recursive() ? OPEN_TREE_ALL_OF : OPEN_TREE_CLONE_OF);
    found.storeInto(tree, 0);
    return tree;
  }

  /** After pivot_root: makes the target where it is missing, and mounts. */
  void attach(ContainerMount mount) {
    String target = mount.target();
    MountFlags flags = flags(mount);
    boolean file = files.contains(InitPlan.source(mount.mount()));
    Integer held = inherited.mounts().get(mount);
    if (held != null) {
      places.place(held, target, file);
      return;
    }
    places.makeThroughLinks(target, file);
    Step source = sources.get(mount);
    if (source == null) {
      mount(mount.mount().source(), target, mount.mount().type(), flags.set(), flags.dataText());
    } else {
      Step move =
          builder.step(
              Sysno.MOVE_MOUNT, NULL, builder.text(""), CWD, builder.text(target), FOLLOWING);
      source.storeInto(move, 0);
      attributes(target, flags);
    }
    long propagation =
        flags.propagation() == 0 ? MountFlags.PRIVATE | MountFlags.REC : flags.propagation();
    mount("", target, null, propagation, "");
  }

  /** A node of the host's own on a file of ours: who is in a user namespace makes no nodes. */
  void device(int tree, String path) {
    places.file(path);
    builder.step(Sysno.MOVE_MOUNT, n(tree), builder.text(""), CWD, builder.text(path), FOLLOWING);
  }

  private void attributes(String target, MountFlags flags) {
    if (flags.recursiveAttributes() != 0 && mountSetattr) {
      setattr(target, flags.recursiveAttributes(), true);
    }
    long set = flags.set() | (mountSetattr ? 0 : flags.recursiveAttributes());
    if (set == 0) {
      return;
    }
    if (mountSetattr && (set & ~LOCAL_FLAGS) == 0) {
      // Adds to the flags that the source has; a remount would take nosuid and the like away.
      setattr(target, set, false);
    } else {
      mount("", target, null, MountFlags.BIND | MountFlags.REMOUNT | set, "");
    }
  }

  private void setattr(String target, long attributes, boolean recursive) {
    Arg.Address change = builder.space(32, "{set " + hex(attributes) + "}");
    builder.putLong(change, attributes);
    builder.step(
        Sysno.MOUNT_SETATTR,
        CWD,
        builder.text(target),
        recursive ? named(0x8000, "AT_RECURSIVE") : n(0),
        change,
        n(32));
  }

  /**
   * Makes the directory and refuses one that is a symbolic link: what is mounted there next is what
   * the kernel's own paths are protected by.
   */
  void makeReal(String target) {
    places.directory(target);
    int flags =
        OpenFlag.bits(
            builder.arch(), OpenFlag.PATH, OpenFlag.DIRECTORY, OpenFlag.NOFOLLOW, OpenFlag.CLOEXEC);
    builder.step(
        Sysno.OPENAT, CWD, builder.text(target), named(flags, "O_PATH|O_DIRECTORY|O_NOFOLLOW"));
  }

  /**
   * Hides a file behind /dev/null, a directory behind an empty file system; either may be missing.
   */
  void mask(String path) {
    Label masked = new Label("masked " + path);
    mount("/dev/null", path, null, MountFlags.BIND, "").ignoringErrors().onZero(masked);
    mount("tmpfs", path, "tmpfs", MountFlags.RDONLY, "").ignoringErrors();
    builder.mark(masked);
  }

  /** Write-protects what is there. */
  void readOnly(String path) {
    Label missing = new Label("not there " + path);
    mount(path, path, null, MountFlags.BIND | MountFlags.REC, "").onError(missing);
    mount(path, path, null, MountFlags.BIND | MountFlags.REMOUNT | LOCAL_FLAGS, "");
    builder.mark(missing);
  }
}
