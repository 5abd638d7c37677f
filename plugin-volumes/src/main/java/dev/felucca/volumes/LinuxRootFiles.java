package dev.felucca.volumes;

import static dev.felucca.kernel.EngineException.Kind.CONFLICT;
import static dev.felucca.kernel.EngineException.Kind.FORBIDDEN;
import static dev.felucca.kernel.EngineException.Kind.INVALID;
import static dev.felucca.kernel.EngineException.Kind.NOT_FOUND;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.IdMapping;
import dev.felucca.kernel.storage.Mount;
import dev.felucca.kernel.storage.PathStat;
import dev.felucca.kernel.storage.RootFiles;
import dev.felucca.kernel.storage.RootView;
import dev.felucca.linux.Errno;
import dev.felucca.linux.Fd;
import dev.felucca.linux.LinuxFiles;
import dev.felucca.linux.OpenFlag;
import dev.felucca.linux.SyscallException;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.layer.FileArchives;
import dev.felucca.linux.layer.FileStat;
import dev.felucca.linux.layer.InvalidLayerException;
import dev.felucca.linux.layer.LayerApplier;
import dev.felucca.linux.layer.Trees;
import dev.felucca.linux.mount.AssembledRoot;
import dev.felucca.linux.mount.RootWalk;
import dev.felucca.linux.process.FileUser;
import dev.felucca.linux.process.IdMap;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * Roots as descriptors: of a running container's own, or of mounts that nobody else sees. From
 * there every way is walked by openat2(2) with {@code RESOLVE_IN_ROOT}, from Linux 5.6.
 */
@Component(service = RootFiles.class)
public final class LinuxRootFiles implements RootFiles {
  private static final int LINKS_MAX = 40;
  private static final int SYMLINK = 0120000;
  private static final int TYPE = 0170000;

  /** Made anew for each run, and none of the container's files. */
  private static final Set<String> DEVICES = Set.of("dev");

  private final Syscalls linux;
  private final LinuxFiles files;
  private final RootWalk walk;
  private final AssembledRoot roots;
  private final Trees trees;

  @Activate
  public LinuxRootFiles(@Reference Syscalls linux) {
    this.linux = linux;
    this.files = new LinuxFiles(linux);
    this.walk = new RootWalk(linux);
    this.roots = new AssembledRoot(linux);
    this.trees = new Trees(linux);
  }

  @Override
  public String name() {
    return "linux";
  }

  @Override
  public boolean copyOut(List<Mount> root, String path, Path target, String below)
      throws IOException {
    try (Fd to = openBelow(target, below)) {
      try (var entries = Files.newDirectoryStream(path(to))) {
        if (entries.iterator().hasNext()) {
          return false;
        }
      }
      try (Fd top = open(new RootView(0, root, List.of(), null));
          Fd directory = walk.open(top, path, OpenFlag.DIRECTORY)) {
        copy(directory, path(to));
        return true;
      }
    } catch (SyscallException e) {
      return switch (e.errno()) {
        case ENOENT, ENOTDIR, EXDEV -> false; // whoever mounts it says what is wrong with it
        default -> throw e;
      };
    }
  }

  @Override
  public boolean isDirectory(List<Mount> root, String below) throws IOException {
    try (Fd top = open(new RootView(0, root, List.of(), null));
        Fd found = walk.openBelow(top, below)) {
      return (files.mode(found) & TYPE) == 0040000;
    } catch (SyscallException e) {
      if (e.errno() == Errno.EXDEV) {
        throw new EngineException(INVALID, below + " leads out of its root", e);
      }
      throw refused(e, below);
    }
  }

  private Fd openBelow(Path directory, String below) throws IOException {
    Fd top =
        files.openat(
            LinuxFiles.AT_FDCWD, directory.toString(), 0, OpenFlag.PATH, OpenFlag.DIRECTORY);
    if (below.isEmpty()) {
      return top;
    }
    try (top) {
      return walk.openBelow(top, below, OpenFlag.DIRECTORY);
    }
  }

  private void copy(Fd directory, Path target) throws IOException {
    try {
      trees.copy(path(directory), target);
    } catch (IOException e) {
      // Half a copy would be taken for a filled volume.
      try (var entries = Files.newDirectoryStream(target)) {
        for (Path entry : entries) {
          trees.remove(entry);
        }
      } catch (IOException left) {
        e.addSuppressed(left);
      }
      throw new IOException("fill " + target + ": " + e.getMessage(), e);
    }
  }

  @Override
  public PathStat stat(RootView view, String path) throws IOException {
    try (Fd root = open(view)) {
      return stat(root, path);
    } catch (IOException e) {
      throw refused(e, path);
    }
  }

  @Override
  public void get(RootView view, String path, String as, Receiver receiver) throws IOException {
    RootPath wanted = parse(path);
    try (Fd root = open(view)) {
      PathStat stat = stat(root, path);
      try (Fd directory = walk.open(root, wanted.directory(), OpenFlag.DIRECTORY)) {
        OutputStream out = receiver.begin(stat);
        String shown = as.isEmpty() ? wanted.shown() : as;
        if (wanted.name().isEmpty()) {
          Set<String> closed = view.pid() != 0 && stat.name().equals("/") ? DEVICES : Set.of();
          FileArchives.writeTree(linux, path(directory), shown, closed, out, users(view));
        } else if ((stat.mode() & TYPE) == 0040000) {
          try (Fd tree =
              files.openat2(
                  directory.number(),
                  wanted.name(),
                  0,
                  LinuxFiles.RESOLVE_BENEATH | LinuxFiles.RESOLVE_NO_SYMLINKS,
                  OpenFlag.PATH,
                  OpenFlag.DIRECTORY)) {
            FileArchives.writeTree(linux, path(tree), shown, Set.of(), out, users(view));
          }
        } else {
          FileArchives.writeFile(linux, path(directory), wanted.name(), shown, out, users(view));
        }
      }
    } catch (IOException e) {
      throw refused(e, path);
    }
  }

  @Override
  public void put(RootView view, String path, InputStream tar, boolean keepKinds)
      throws IOException {
    parse(path);
    try (Fd root = open(view);
        Fd directory = walk.open(root, "/" + path, OpenFlag.DIRECTORY)) {
      IdMapping users = view.users();
      if (users == null) {
        LayerApplier.extract(linux, path(directory), tar, keepKinds, null);
      } else {
        FileUser.run(
            linux,
            users.rootUid(),
            users.rootGid(),
            () -> LayerApplier.extract(linux, path(directory), tar, keepKinds, users(view)));
      }
    } catch (InvalidLayerException e) {
      throw new EngineException(INVALID, e.getMessage(), e);
    } catch (IOException e) {
      if (has(e, Errno.EROFS)) {
        throw new EngineException(
            FORBIDDEN, "container rootfs or volume at " + path + " is marked read-only", e);
      }
      if (e instanceof SyscallException call && call.errno() == Errno.ENOTDIR) {
        throw new EngineException(INVALID, "extraction point is not a directory: " + path, e);
      }
      throw refused(e, path);
    }
  }

  private static RootPath parse(String path) {
    if (path.indexOf('\0') >= 0) {
      throw new EngineException(INVALID, "a path has no NUL: " + path);
    }
    return RootPath.parse(path);
  }

  private PathStat stat(Fd root, String path) throws IOException {
    RootPath wanted = parse(path);
    try (Fd directory = walk.open(root, wanted.directory(), OpenFlag.DIRECTORY)) {
      FileStat stat = FileArchives.stat(linux, path(directory), wanted.name());
      return new PathStat(
          wanted.shown(),
          stat.size(),
          stat.mode(),
          Instant.ofEpochSecond(stat.modified().seconds(), stat.modified().nanos()),
          stat.isSymlink() ? target(root, directory, wanted) : "");
    }
  }

  /** Where a link leads, in words; whoever goes there is confined anew. */
  private String target(Fd root, Fd directory, RootPath link) throws IOException {
    Path found =
        Path.of(link.directory())
            .resolve(files.readlinkat(directory.number(), link.name()))
            .normalize();
    for (int followed = 0; followed < LINKS_MAX && found.getFileName() != null; followed++) {
      RootPath next = RootPath.parse(found.toString());
      try (Fd above = walk.open(root, next.directory(), OpenFlag.DIRECTORY)) {
        if ((FileArchives.stat(linux, path(above), next.name()).mode() & TYPE) != SYMLINK) {
          break;
        }
        String words = files.readlinkat(above.number(), next.name());
        found = Path.of(next.directory()).resolve(words).normalize();
      } catch (SyscallException | NoSuchFileException dangling) {
        break;
      }
    }
    return found.toString();
  }

  private static @Nullable IdMap users(RootView view) {
    IdMapping users = view.users();
    return users == null ? null : IdMap.parse(users.words());
  }

  private Fd open(RootView view) throws IOException {
    if (view.pid() != 0) {
      return running(view.pid());
    }
    if (view.root().size() != 1) {
      throw new IOException("a root made of " + view.root().size() + " mounts cannot be opened");
    }
    return roots.assemble(
        source(view.root().get(0)),
        view.over().stream()
            .map(
                placed ->
                    new AssembledRoot.Placed(
                        source(placed.mount()), placed.target(), placed.directory()))
            .toList(),
        users(view));
  }

  /** A process has no root any more before it is a zombie. */
  private Fd running(int pid) throws IOException {
    try {
      return files.openat(
          LinuxFiles.AT_FDCWD, "/proc/" + pid + "/root", 0, OpenFlag.PATH, OpenFlag.DIRECTORY);
    } catch (SyscallException e) {
      if (e.errno() == Errno.ENOENT || e.errno() == Errno.ESRCH) {
        throw new EngineException(CONFLICT, "process " + pid + " is gone", e);
      }
      throw e;
    }
  }

  private static AssembledRoot.Source source(Mount mount) {
    return new AssembledRoot.Source(mount.type(), mount.source(), mount.options(), mount.base());
  }

  private static Path path(Fd directory) {
    return Path.of("/proc/self/fd/" + directory.number());
  }

  private static boolean has(IOException failure, Errno errno) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof SyscallException call && call.errno() == errno) {
        return true;
      }
    }
    return false;
  }

  private static RuntimeException refused(IOException failure, String path) throws IOException {
    if (failure instanceof SyscallException call
        && call.errno() == Errno.ENOTDIR
        && path.endsWith("/")) {
      return new EngineException(INVALID, path + ": not a directory", failure);
    }
    if (failure instanceof SyscallException call
        && (call.errno() == Errno.ENAMETOOLONG || call.errno() == Errno.ELOOP)) {
      return new EngineException(INVALID, String.valueOf(failure.getMessage()), failure);
    }
    if (failure instanceof NoSuchFileException
        || failure instanceof SyscallException call
            && (call.errno() == Errno.ENOENT || call.errno() == Errno.ENOTDIR)) {
      return new EngineException(
          NOT_FOUND, "Could not find the file " + path + " in the container", failure);
    }
    throw failure;
  }
}
