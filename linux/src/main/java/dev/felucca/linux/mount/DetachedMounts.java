package dev.felucca.linux.mount;

import static dev.felucca.linux.LinuxMounts.AT_RECURSIVE;
import static dev.felucca.linux.LinuxMounts.MS_PRIVATE;
import static dev.felucca.linux.LinuxMounts.MS_REC;
import static dev.felucca.linux.LinuxMounts.OPEN_TREE_CLONE;

import dev.felucca.linux.Errno;
import dev.felucca.linux.Fd;
import dev.felucca.linux.LinuxFiles;
import dev.felucca.linux.LinuxMounts;
import dev.felucca.linux.NativeMemory;
import dev.felucca.linux.OpenFlag;
import dev.felucca.linux.SyscallException;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.Sysno;
import dev.felucca.linux.process.IdMap;
import dev.felucca.linux.process.UserNamespaces;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Mounts that are attached to no directory: seen by nobody but the owner of the descriptor, gone
 * when it is closed, whatever becomes of this process. Files in it are reached as {@code
 * /proc/self/fd/N/…}. The mount namespace of the engine is not touched.
 *
 * <p>Made with fsopen(2) where every option fits it (a string of fsconfig(2) has at most 255 bytes;
 * from Linux 6.8 overlay takes its lower layers one by one). Else the mount is made with mount(2)
 * in a mount namespace of a thread's own, and cloned out of it with open_tree(2), from Linux 5.2.
 */
public final class DetachedMounts {
  private static final int STRING_MAX = 255;
  private static final long CLONE_NEWNS = 0x00020000;
  private static final long CLONE_FS = 0x00000200;
  private static final long AT_EMPTY_PATH = 0x1000;
  private static final long MOUNT_ATTR_IDMAP = 0x100000;
  private static final String BELOW = "below=";

  private final Syscalls linux;
  private final LinuxMounts mounts;
  private final LinuxFiles files;
  private final RootWalk walk;
  private final UserNamespaces users;

  public DetachedMounts(Syscalls linux) {
    this.linux = linux;
    this.mounts = new LinuxMounts(linux);
    this.files = new LinuxFiles(linux);
    this.walk = new RootWalk(linux);
    this.users = new UserNamespaces(linux);
  }

  /**
   * @param base what relative paths in source and options are relative to; null for the root. A
   *     bind's source is looked up below it and never leads out of it
   * @param words {@code idmap=…} (see {@link IdMap}) among them shows the files with other owners:
   *     a bind from Linux 5.12 where its file system can, overlay from 5.19 by such a mount of
   *     {@code base}, which has all its layers. {@code below=PATH} shows only what is there in it:
   *     EXDEV when a link leads out
   * @return a descriptor of the root of the new mount
   */
  public Fd mount(String type, String source, List<String> words, @Nullable Path base)
      throws IOException {
    Optional<String> below = words.stream().filter(word -> word.startsWith(BELOW)).findFirst();
    if (below.isPresent()) {
      List<String> others = words.stream().filter(word -> !word.startsWith(BELOW)).toList();
      try (Fd whole = mount(type, source, others, base)) {
        return below(whole, below.get().substring(BELOW.length()));
      }
    }
    Optional<IdMap> owners = IdMap.among(words);
    if (owners.isPresent()) {
      List<String> others = words.stream().filter(word -> !word.startsWith(IdMap.OPTION)).toList();
      return mapped(type, source, others, base, owners.get());
    }
    MountOptions options = MountOptions.parse(words);
    if (options.bind()) {
      return bind(source, options, base);
    }
    if (type.equals("overlay")) {
      List<String> single = LayeredOptions.absolute(options.data(), base);
      if (single.stream().allMatch(word -> word.length() <= STRING_MAX)) {
        try {
          return fsmount(type, source, single, options);
        } catch (SyscallException e) {
          // Before 6.8 there is no "lowerdir+"; before 5.2 no fsopen at all.
          if (e.errno() != Errno.EINVAL && e.errno() != Errno.ENOSYS) {
            throw e;
          }
        }
      }
    }
    return inOwnNamespace(type, source, options, base, null);
  }

  /** Cloned where it is attached: before Linux 6.15 there is no clone of a mount that is not. */
  private Fd below(Fd whole, String path) throws IOException {
    return inThread(
        "mount-below",
        () -> {
          linux.check("unshare mount namespace", Sysno.UNSHARE, CLONE_NEWNS | CLONE_FS);
          mounts.mount("none", "/", null, MS_REC | MS_PRIVATE, null);
          mounts.moveMount(whole, LinuxFiles.AT_FDCWD, "/proc");
          try (Fd found = walk.openBelow(whole, path)) {
            return mounts.openTree(found.number(), "", OPEN_TREE_CLONE | AT_EMPTY_PATH);
          }
        });
  }

  private Fd mapped(
      String type, String source, List<String> words, @Nullable Path base, IdMap owners)
      throws IOException {
    MountOptions options = MountOptions.parse(words);
    if (!options.bind()) {
      try (Fd layers = users.forLayers(owners)) {
        return inOwnNamespace(type, source, options, base, layers);
      }
    }
    Fd tree = mount(type, source, words, base);
    try (Fd namespace = users.make(owners)) {
      showAs(tree, options.recursive(), namespace, source);
      return tree;
    } catch (IOException | RuntimeException e) {
      tree.close();
      throw e;
    }
  }

  /** Gives a mount that is attached nowhere the owners that a user namespace's maps say. */
  private void showAs(Fd tree, boolean recursive, Fd namespace, String source) throws IOException {
    try (NativeMemory memory = new NativeMemory()) {
      linux.check(
          "mount_setattr with MOUNT_ATTR_IDMAP",
          Sysno.MOUNT_SETATTR,
          tree.number(),
          memory.string(""),
          AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0),
          memory.longs(MOUNT_ATTR_IDMAP, 0, 0, namespace.number()),
          32);
    } catch (SyscallException e) {
      if (e.errno() == Errno.EINVAL || e.errno() == Errno.ENOSYS) {
        throw new IOException(
            "the files of %s cannot be shown with other owners: an idmapped mount needs Linux 5.12 and a file system that can (%s)"
                .formatted(source, e.getMessage()),
            e);
      }
      throw e;
    }
  }

  private Fd bind(String source, MountOptions options, @Nullable Path base) throws IOException {
    if (base == null) {
      return bind(LinuxFiles.AT_FDCWD, source, options);
    }
    try (Fd top =
            files.openat(
                LinuxFiles.AT_FDCWD, base.toString(), 0, OpenFlag.PATH, OpenFlag.DIRECTORY);
        Fd found = walk.openBelow(top, source)) {
      return bind(found.number(), "", options);
    } catch (SyscallException e) {
      if (e.errno() == Errno.ENOSYS) {
        return inOwnNamespace("bind", source, options, base, null);
      }
      throw e;
    }
  }

  /**
   * @param path empty for what the descriptor names
   */
  private Fd bind(int descriptor, String path, MountOptions options) throws IOException {
    long flags =
        OPEN_TREE_CLONE
            | (options.recursive() ? AT_RECURSIVE : 0)
            | (path.isEmpty() ? AT_EMPTY_PATH : 0);
    Fd tree = mounts.openTree(descriptor, path, flags);
    if (options.attributes() == 0) {
      return tree;
    }
    try (NativeMemory memory = new NativeMemory()) {
      long attributes = memory.longs(options.attributes(), 0, 0, 0);
      linux.check(
          "set attributes of " + path,
          Sysno.MOUNT_SETATTR,
          tree.number(),
          memory.string(""),
          AT_EMPTY_PATH | (options.recursive() ? AT_RECURSIVE : 0),
          attributes,
          32);
      return tree;
    } catch (SyscallException e) {
      tree.close();
      if (e.errno() == Errno.ENOSYS && !path.isEmpty()) {
        // mount_setattr came with Linux 5.12.
        return inOwnNamespace("bind", path, options, null, null);
      }
      throw e;
    }
  }

  private Fd fsmount(String type, String source, List<String> data, MountOptions options)
      throws SyscallException {
    try (Fd context = mounts.fsopen(type)) {
      // Before 6.5 no option is looked at until the mount is made, whose refusal would be a line in
      // the kernel's log for each mount. Who looks at them takes no layer without a name.
      if (mounts.takesString(context, LayeredOptions.LAYER, "")) {
        throw new SyscallException("mount " + type + " by fsconfig", Errno.EINVAL);
      }
      mounts.fsconfigString(context, "source", source);
      if ((options.flags() & LinuxMounts.MS_RDONLY) != 0) {
        mounts.fsconfigFlag(context, "ro");
      }
      for (String word : data) {
        int equals = word.indexOf('=');
        if (equals < 0) {
          mounts.fsconfigFlag(context, word);
        } else {
          mounts.fsconfigString(context, word.substring(0, equals), word.substring(equals + 1));
        }
      }
      return mounts.fsmount(context, options.attributes());
    }
  }

  /** A bind of what another mount namespace has at a path. */
  public Fd seenIn(Fd namespace, String path) throws IOException {
    return inThread(
        "mount-seen",
        () -> {
          linux.check("unshare", Sysno.UNSHARE, CLONE_FS);
          linux.check("enter mount namespace", Sysno.SETNS, namespace.number(), CLONE_NEWNS);
          return mounts.openTree(LinuxFiles.AT_FDCWD, path, OPEN_TREE_CLONE);
        });
  }

  private interface Making {
    Fd make() throws IOException;
  }

  /** The thread ends with its namespace and its working directory, and takes the mount along. */
  private Fd inOwnNamespace(
      String type, String source, MountOptions options, @Nullable Path base, @Nullable Fd owners)
      throws IOException {
    return inThread("mount-" + type, () -> mountAndClone(type, source, options, base, owners));
  }

  private static Fd inThread(String name, Making making) throws IOException {
    CompletableFuture<Fd> made = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                made.complete(making.make());
              } catch (IOException | RuntimeException e) {
                made.completeExceptionally(e);
              }
            },
            name);
    thread.setDaemon(true);
    thread.start();
    try {
      return made.get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof IOException cause
          ? new IOException(cause.getMessage(), cause)
          : new IOException(name + " in a namespace of its own", e.getCause());
    } catch (InterruptedException e) {
      made.thenAccept(Fd::close);
      Thread.currentThread().interrupt();
      throw new IOException("interrupted in " + name, e);
    }
  }

  private Fd mountAndClone(
      String type, String source, MountOptions options, @Nullable Path base, @Nullable Fd owners)
      throws IOException {
    linux.check("unshare mount namespace", Sysno.UNSHARE, CLONE_NEWNS | CLONE_FS);
    mounts.mount("none", "/", null, MS_REC | MS_PRIVATE, null);
    // Nobody else sees that the directory is covered here.
    String place = base == null ? "/proc" : base.toString();
    if (base != null && owners != null) {
      try (Fd tree = mounts.openTree(LinuxFiles.AT_FDCWD, place, OPEN_TREE_CLONE)) {
        showAs(tree, false, owners, place);
        mounts.moveMount(tree, LinuxFiles.AT_FDCWD, place);
      }
    }
    try (NativeMemory memory = new NativeMemory()) {
      String directory = base == null ? "/" : base.toString();
      linux.check("chdir " + directory, Sysno.CHDIR, memory.string(directory));
    }
    if (options.bind() && base != null) {
      try (Fd top = files.openat(LinuxFiles.AT_FDCWD, ".", 0, OpenFlag.PATH, OpenFlag.DIRECTORY);
          Fd found = walk.openBelow(top, source)) {
        String seen = "/proc/self/fd/" + found.number();
        mounts.mount(seen, place, type, options.flags(), options.dataString());
      }
    } else {
      mount(source, place, type, options, owners != null);
    }
    if (options.remountFlags() != 0) {
      mounts.mount("none", place, null, options.remountFlags(), null);
    }
    long flags = OPEN_TREE_CLONE | (options.recursive() ? AT_RECURSIVE : 0);
    return mounts.openTree(LinuxFiles.AT_FDCWD, place, flags);
  }

  private void mount(String source, String place, String type, MountOptions options, boolean mapped)
      throws IOException {
    try {
      mounts.mount(source, place, type, options.flags(), options.dataString());
    } catch (SyscallException e) {
      if (mapped && e.errno() == Errno.EINVAL) {
        throw new IOException(
            type + " cannot show its layers with other owners: that needs Linux 5.19", e);
      }
      throw e;
    }
  }
}
