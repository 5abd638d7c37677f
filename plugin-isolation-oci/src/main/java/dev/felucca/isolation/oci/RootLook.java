package dev.felucca.isolation.oci;

import dev.felucca.isolation.user.ResolvedUser;
import dev.felucca.isolation.user.RootFiles;
import dev.felucca.isolation.user.UserLookup;
import dev.felucca.kernel.IdMapping;
import dev.felucca.kernel.isolation.ContainerSpec;
import dev.felucca.kernel.isolation.ProcessSpec;
import dev.felucca.kernel.isolation.UserNamespace;
import dev.felucca.kernel.storage.Mount;
import dev.felucca.linux.Errno;
import dev.felucca.linux.Fd;
import dev.felucca.linux.LinuxFiles;
import dev.felucca.linux.NativeMemory;
import dev.felucca.linux.OpenFlag;
import dev.felucca.linux.SyscallException;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.Sysno;
import dev.felucca.linux.mount.AssembledRoot;
import dev.felucca.linux.mount.RootWalk;
import dev.felucca.linux.process.FileUser;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A look at a container's root before there is a container: a runtime wants numbers. */
final class RootLook implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RootLook.class);
  private static final int S_IFREG = 0100000;

  private final Syscalls linux;
  private final @Nullable IdMapping users;
  private final Fd root;

  RootLook(Syscalls linux, ContainerSpec spec) throws IOException {
    this.linux = linux;
    UserNamespace own = spec.namespaces().user();
    this.users = own == null ? null : own.mapping();
    Mount top = spec.root().get(spec.root().size() - 1);
    this.root =
        new AssembledRoot(linux)
            .assemble(
                new AssembledRoot.Source(top.type(), top.source(), top.options(), top.base()),
                List.of());
  }

  ResolvedUser user(ProcessSpec process) throws IOException {
    return find(new RootFiles(linux, root), process, users);
  }

  /**
   * @param users the container's own, if it has some
   */
  static ResolvedUser find(RootFiles files, ProcessSpec process, @Nullable IdMapping users)
      throws IOException {
    return new UserLookup(files.read("etc/passwd"), files.read("etc/group"))
        .find(process.user(), process.extraGroups())
        .among(users);
  }

  /**
   * Makes what programs look for: that they are in a container, and what is mounted; and the
   * working directory, which a runtime would make for root.
   */
  void prepare(String directory, ResolvedUser user) throws IOException {
    if (users == null) {
      marks();
      workingDirectory(directory, user.uid(), user.gid());
      return;
    }
    int uid = (int) users.hostUid(user.uid()).orElseThrow();
    int gid = (int) users.hostGid(user.gid()).orElseThrow();
    FileUser.run(
        linux,
        users.rootUid(),
        users.rootGid(),
        () -> {
          marks();
          workingDirectory(directory, uid, gid);
        });
  }

  private void marks() throws IOException {
    LinuxFiles files = new LinuxFiles(linux);
    try {
      files.mknodat(root.number(), ".dockerenv", S_IFREG | 0755, 0, 0);
    } catch (SyscallException e) {
      LOG.debug("no /.dockerenv is made", e); // it is there, or the image's root is no place for it
    }
    try (Fd etc = new RootWalk(linux).open(root, "/etc", OpenFlag.DIRECTORY);
        NativeMemory memory = new NativeMemory()) {
      linux.check(
          "symlinkat",
          Sysno.SYMLINKAT,
          memory.string("/proc/mounts"),
          etc.number(),
          memory.string("mtab"));
    } catch (SyscallException e) {
      LOG.debug("no /etc/mtab is made", e);
    }
  }

  private void workingDirectory(String directory, int uid, int gid) throws IOException {
    RootWalk walk = new RootWalk(linux);
    Path clean = Path.of("/").resolve(directory).normalize();
    List<String> missing = new ArrayList<>();
    for (int length = 1; length <= clean.getNameCount(); length++) {
      String part = "/" + clean.subpath(0, length);
      try {
        walk.open(root, part).close();
      } catch (SyscallException e) {
        if (e.errno() != Errno.ENOENT) {
          return; // whoever goes there says why it cannot
        }
        missing.add(part);
      }
    }
    if (missing.isEmpty()) {
      return;
    }
    walk.openOrMake(root, clean.toString(), true).close();
    LinuxFiles files = new LinuxFiles(linux);
    for (String part : missing) {
      try (Fd made = walk.open(root, part, OpenFlag.DIRECTORY)) {
        files.fchownat(made.number(), "", uid, gid, LinuxFiles.AT_EMPTY_PATH);
      }
    }
  }

  /** Whether there is a directory where a program should be. */
  boolean isDirectory(String path) throws IOException {
    try (Fd there = new RootWalk(linux).open(root, path, OpenFlag.DIRECTORY)) {
      return there.number() >= 0;
    } catch (SyscallException e) {
      return false;
    }
  }

  @Override
  public void close() {
    root.close();
  }
}
