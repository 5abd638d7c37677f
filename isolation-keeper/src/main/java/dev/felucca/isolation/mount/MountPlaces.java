package dev.felucca.isolation.mount;

import static dev.felucca.linux.Arg.mode;
import static dev.felucca.linux.Arg.n;
import static dev.felucca.linux.Arg.named;

import dev.felucca.linux.Arg;
import dev.felucca.linux.Label;
import dev.felucca.linux.LinuxFiles;
import dev.felucca.linux.OpenFlag;
import dev.felucca.linux.ProgramBuilder;
import dev.felucca.linux.Sysno;
import java.util.function.Consumer;

/** Steps that make the places of mounts, where the container's root is the only one there is. */
public final class MountPlaces {
  private static final int S_IFREG = 0100000;
  private static final int LINK_MAX = 512;
  private static final Arg CWD = named(LinuxFiles.AT_FDCWD, "AT_FDCWD");
  private static final Arg FOLLOWING = named(0x04 | 0x10, "F_EMPTY_PATH|T_SYMLINKS");

  private final ProgramBuilder builder;

  public MountPlaces(ProgramBuilder builder) {
    this.builder = builder;
  }

  /** Puts a mount there that is complete. */
  public void place(int tree, String target, boolean file) {
    makeThroughLinks(target, file);
    builder.step(Sysno.MOVE_MOUNT, n(tree), builder.text(""), CWD, builder.text(target), FOLLOWING);
  }

  /** Directories that are there already make an error that says nothing. */
  public void make(String target, boolean file) {
    parents(target, this::directory);
    if (file) {
      file(target);
    } else {
      directory(target);
    }
  }

  /** The same where the image may have symbolic links on the way that lead nowhere yet. */
  public void makeThroughLinks(String target, boolean file) {
    parents(target, this::directoryThroughLink);
    if (file) {
      file(target);
      fileAtLink(target);
    } else {
      directoryThroughLink(target);
    }
  }

  private static void parents(String target, Consumer<String> make) {
    for (int slash = target.indexOf('/', 1); slash > 0; slash = target.indexOf('/', slash + 1)) {
      make.accept(target.substring(0, slash));
    }
  }

  public void file(String path) {
    builder
        .step(Sysno.MKNODAT, CWD, builder.text(path), mode(S_IFREG | 0644), n(0))
        .ignoringErrors();
  }

  /** Makes the directory, or the one that a link there leads to. */
  private void directoryThroughLink(String path) {
    Label made = new Label("made " + path);
    Label there = new Label("is there " + path);
    builder.step(Sysno.MKDIRAT, CWD, builder.text(path), mode(0755)).onError(there).onZero(made);
    builder.mark(there);
    Arg.Address link = builder.space(LINK_MAX, "link");
    builder.step(Sysno.READLINKAT, CWD, builder.text(path), link, n(LINK_MAX - 1)).onError(made);
    builder.step(Sysno.CHDIR, builder.text(parent(path))).onError(made);
    builder.step(Sysno.MKDIRAT, CWD, link, mode(0755)).ignoringErrors();
    builder.step(Sysno.CHDIR, builder.text("/"));
    builder.mark(made);
  }

  /** Where a link is, opening with O_CREAT makes the file that it leads to. */
  private void fileAtLink(String path) {
    Label none = new Label("no link " + path);
    builder
        .step(Sysno.READLINKAT, CWD, builder.text(path), builder.space(8, "link"), n(1))
        .onError(none);
    int flags =
        OpenFlag.bits(
            builder.arch(),
            OpenFlag.RDONLY,
            OpenFlag.CREAT,
            OpenFlag.NONBLOCK,
            OpenFlag.NOCTTY,
            OpenFlag.CLOEXEC);
    builder
        .step(Sysno.OPENAT, CWD, builder.text(path), named(flags, "O_CREAT|…"), mode(0644))
        .ignoringErrors();
    builder.mark(none);
  }

  private static String parent(String path) {
    int slash = path.lastIndexOf('/');
    return slash == 0 ? "/" : path.substring(0, slash);
  }

  public void directory(String path) {
    builder.step(Sysno.MKDIRAT, CWD, builder.text(path), mode(0755)).ignoringErrors();
  }
}
