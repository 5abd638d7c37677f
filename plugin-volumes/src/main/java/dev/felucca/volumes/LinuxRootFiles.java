package dev.felucca.volumes;

import dev.felucca.kernel.storage.Mount;
import dev.felucca.kernel.storage.RootFiles;
import dev.felucca.linux.Errno;
import dev.felucca.linux.Fd;
import dev.felucca.linux.LinuxFiles;
import dev.felucca.linux.OpenFlag;
import dev.felucca.linux.SyscallException;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.layer.Trees;
import dev.felucca.linux.mount.DetachedMounts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * Roots as detached mounts that nobody else sees, walked by openat2(2) with {@code
 * RESOLVE_IN_ROOT}, from Linux 5.6.
 */
@Component(service = RootFiles.class)
public final class LinuxRootFiles implements RootFiles {
  private final LinuxFiles files;
  private final DetachedMounts mounts;
  private final Trees trees;

  @Activate
  public LinuxRootFiles(@Reference Syscalls linux) {
    this.files = new LinuxFiles(linux);
    this.mounts = new DetachedMounts(linux);
    this.trees = new Trees(linux);
  }

  @Override
  public String name() {
    return "linux";
  }

  @Override
  public boolean copyOut(List<Mount> root, String path, Path target) throws IOException {
    try (var entries = Files.newDirectoryStream(target)) {
      if (entries.iterator().hasNext()) {
        return false;
      }
    }
    try (Fd top = open(root)) {
      Fd directory;
      try {
        directory =
            files.openat2(
                top.number(),
                path,
                0,
                LinuxFiles.RESOLVE_IN_ROOT | LinuxFiles.RESOLVE_NO_MAGICLINKS,
                OpenFlag.PATH,
                OpenFlag.DIRECTORY);
      } catch (SyscallException e) {
        if (e.errno() == Errno.ENOENT || e.errno() == Errno.ENOTDIR) {
          return false;
        }
        throw e;
      }
      try (directory) {
        trees.copy(Path.of("/proc/self/fd/" + directory.number()), target);
        return true;
      } catch (IOException e) {
        // Half a copy would be taken for a filled volume.
        empty(target, e);
        throw e;
      }
    }
  }

  private void empty(Path target, IOException cause) {
    try (var entries = Files.newDirectoryStream(target)) {
      for (Path entry : entries) {
        trees.remove(entry);
      }
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }

  private Fd open(List<Mount> root) throws IOException {
    if (root.size() != 1) {
      throw new IOException("a root made of " + root.size() + " mounts cannot be opened");
    }
    Mount mount = root.get(0);
    return mounts.mount(mount.type(), mount.source(), mount.options(), mount.base());
  }
}
