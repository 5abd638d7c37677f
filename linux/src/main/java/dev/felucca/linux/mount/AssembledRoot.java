package dev.felucca.linux.mount;

import static dev.felucca.linux.LinuxMounts.AT_RECURSIVE;
import static dev.felucca.linux.LinuxMounts.MS_PRIVATE;
import static dev.felucca.linux.LinuxMounts.MS_REC;
import static dev.felucca.linux.LinuxMounts.OPEN_TREE_CLONE;

import dev.felucca.linux.Fd;
import dev.felucca.linux.LinuxFiles;
import dev.felucca.linux.LinuxMounts;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.Sysno;
import dev.felucca.linux.process.FileUser;
import dev.felucca.linux.process.IdMap;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * A root with mounts on it, attached to no directory and seen by nobody but the owner of the
 * descriptor. Put together in a mount namespace of a thread's own, since only there can mounts be
 * placed, and cloned out of it whole.
 */
public final class AssembledRoot {
  private static final long CLONE_NEWNS = 0x00020000;
  private static final long CLONE_FS = 0x00000200;

  private final Syscalls linux;
  private final LinuxMounts mounts;
  private final DetachedMounts detached;
  private final RootWalk walk;

  /** One mount, in the words of {@link DetachedMounts#mount}. */
  public record Source(String type, String source, List<String> words, @Nullable Path base) {}

  /** A mount on a place below the root, which is made where it is missing. */
  public record Placed(Source source, String target, boolean directory) {}

  public AssembledRoot(Syscalls linux) {
    this.linux = linux;
    this.mounts = new LinuxMounts(linux);
    this.detached = new DetachedMounts(linux);
    this.walk = new RootWalk(linux);
  }

  /** Parents before what is placed on them. */
  public Fd assemble(Source root, List<Placed> over) throws IOException {
    return assemble(root, over, null);
  }

  /**
   * The same.
   *
   * @param users whose root makes places that are missing, where it is not the host's
   */
  public Fd assemble(Source root, List<Placed> over, @Nullable IdMap users) throws IOException {
    if (over.isEmpty()) {
      return make(root);
    }
    CompletableFuture<Fd> made = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                made.complete(inOwnNamespace(root, over, users));
              } catch (IOException | RuntimeException e) {
                made.completeExceptionally(e);
              }
            },
            "assemble-root");
    thread.setDaemon(true);
    thread.start();
    try {
      return made.get();
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new IOException("put a root together: " + cause.getMessage(), cause);
    } catch (InterruptedException e) {
      made.thenAccept(Fd::close);
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while putting a root together", e);
    }
  }

  private Fd make(Source source) throws IOException {
    return detached.mount(source.type(), source.source(), source.words(), source.base());
  }

  private Fd inOwnNamespace(Source root, List<Placed> over, @Nullable IdMap users)
      throws IOException {
    linux.check("unshare mount namespace", Sysno.UNSHARE, CLONE_NEWNS | CLONE_FS);
    mounts.mount("none", "/", null, MS_REC | MS_PRIVATE, null);
    List<Fd> sources = new ArrayList<>();
    try (Fd top = make(root)) {
      // All of them before /proc is covered: a source may lie below it.
      for (Placed placed : over) {
        sources.add(make(placed.source()));
      }
      mounts.moveMount(top, LinuxFiles.AT_FDCWD, "/proc");
      if (users != null) {
        FileUser.become(
            linux, users.outsideUid(0).orElseThrow(), users.outsideGid(0).orElseThrow());
      }
      for (int i = 0; i < sources.size(); i++) {
        Placed placed = over.get(i);
        try (Fd place = walk.openOrMake(top, placed.target(), placed.directory())) {
          mounts.moveMount(sources.get(i), place.number(), "");
        }
      }
      return mounts.openTree(
          top.number(), "", OPEN_TREE_CLONE | AT_RECURSIVE | LinuxFiles.AT_EMPTY_PATH);
    } finally {
      sources.forEach(Fd::close);
    }
  }
}
