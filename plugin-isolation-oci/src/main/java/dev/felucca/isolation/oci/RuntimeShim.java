package dev.felucca.isolation.oci;

import static dev.felucca.linux.Arg.NULL;
import static dev.felucca.linux.Arg.n;
import static dev.felucca.linux.Arg.named;

import dev.felucca.isolation.mount.MountPlaces;
import dev.felucca.isolation.program.CloneFlags;
import dev.felucca.isolation.program.ShimProgram;
import dev.felucca.isolation.shim.ShimFds;
import dev.felucca.isolation.shim.ShimPlan;
import dev.felucca.isolation.shim.StatusFile;
import dev.felucca.isolation.shim.StatusRecord;
import dev.felucca.isolation.user.ResolvedUser;
import dev.felucca.kernel.IdMapping;
import dev.felucca.kernel.isolation.ProcessSpec;
import dev.felucca.kernel.storage.Mount;
import dev.felucca.linux.Arch;
import dev.felucca.linux.Arg;
import dev.felucca.linux.Label;
import dev.felucca.linux.Program;
import dev.felucca.linux.ProgramBuilder;
import dev.felucca.linux.ProgramFailure;
import dev.felucca.linux.Step;
import dev.felucca.linux.Sysno;
import dev.felucca.linux.mount.MountOptions;
import dev.felucca.linux.process.WaitStatus;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A shim that has a runtime make its process: it mounts the root where only it and the runtime see
 * it, inherits the process as its nearest subreaper when the runtime ends, takes the terminal that
 * the runtime sends, and keeps all of it as every shim does.
 */
final class RuntimeShim implements ShimPlan {
  /** The socket of a terminal, in the directory where runtime and shim stand. */
  static final String SOCKET = "console";

  private static final int SCRATCH = StatusFile.PARAMETERS + 4096;
  private static final long MS_BIND = 4096;
  private static final long MS_REC = 16384;
  private static final int SIGCHLD = 17;

  /**
   * @param streams what becomes of the pipes of the process
   * @param root what is mounted on {@code target}; empty for an exec, and where the root is held
   * @param covered what a file system that everybody may pass is to cover, if anything
   * @param held where mounts go that the shim is given by descriptors
   * @param abandon what is executed instead of keeping, when the engine goes before it said so
   */
  record Plan(
      List<String> words,
      List<String> abandon,
      List<String> hidden,
      Streams streams,
      List<Mount> root,
      Path target,
      @Nullable Path covered,
      Path directory,
      Map<Integer, HeldSources.Place> held,
      boolean tty,
      boolean lasting) {}

  /**
   * Whoever the process runs as may open {@code /dev/stdout} by its name, as with Docker. A runtime
   * sees to that, but not in a user namespace: what is of the host's root is nobody's there.
   *
   * @param first of the descriptors to be given away; 3 for none
   */
  record Streams(int first, int uid, int gid) {
    static Streams of(
        ProcessSpec process, boolean openStdin, ResolvedUser user, @Nullable IdMapping users) {
      return users == null
          ? new Streams(3, 0, 0)
          : new Streams(
              process.tty() ? 3 : openStdin ? 0 : 1,
              (int) users.hostUid(user.uid()).orElseThrow(),
              users.rootGid());
    }
  }

  private final Program program;
  private final boolean tty;

  private RuntimeShim(Program program, boolean tty) {
    this.program = program;
    this.tty = tty;
  }

  static RuntimeShim of(Arch arch, Plan plan) {
    return new RuntimeShim(new Writer(new ProgramBuilder(arch), plan).write(), plan.tty());
  }

  @Override
  public Program program() {
    return program;
  }

  @Override
  public boolean tty() {
    return tty;
  }

  @Override
  public void refuse(byte[] table) throws IOException {
    if (table.length == program.tableSize()) {
      Optional<ProgramFailure> failure = program.failure(table);
      if (failure.isPresent()) {
        throw failure.get().toException();
      }
    }
    throw new IOException("a shim ended before its time");
  }

  private record Writer(ProgramBuilder builder, Plan plan) {
    Program write() {
      ShimProgram shim = new ShimProgram(builder, plan.tty(), plan.lasting());
      shim.madeByAnother();
      builder.step(Sysno.PRCTL, named(36, "PR_SET_CHILD_SUBREAPER"), n(1));
      OciRuntime.ownMounts(builder, plan.hidden());
      Path covered = plan.covered();
      if (covered != null) {
        cover(covered);
        new MountPlaces(builder).directory(plan.target().toString());
      }
      plan.root().forEach(this::mount);
      plan.held().forEach(this::place);
      if (!plan.held().isEmpty()) {
        builder
            .step(Sysno.CLOSE_RANGE, n(ShimFds.HELD), named(0xffffffffL, "~0"), n(0))
            .ignoringErrors();
      }
      for (int fd = plan.streams().first(); fd < 3; fd++) {
        builder.step(Sysno.FCHOWN, n(fd), n(plan.streams().uid()), n(plan.streams().gid()));
      }
      builder.step(Sysno.CHDIR, builder.text(plan.directory().toString()));
      if (plan.tty()) {
        listen();
      }
      Label child = new Label("child");
      Step waited = runtime(child);
      Arg.Address ended = builder.space(WaitStatus.SIGINFO_SIZE, "the runtime's end");
      waited.replace(2, ended);
      if (plan.tty()) {
        terminal();
      }
      // The container has its own: what is left here would keep its files busy.
      if (covered != null) {
        detach(covered); // and all that is on it
      } else {
        plan.held().values().forEach(place -> detach(place.path()));
        if (!plan.root().isEmpty()) {
          detach(plan.target());
        }
      }
      builder.step(Sysno.WRITE, n(ShimFds.REPORT), ended, n(WaitStatus.SIGINFO_SIZE));
      Label abandoned = new Label("abandoned");
      builder
          .step(
              Sysno.READ,
              n(ShimFds.START),
              builder.space(StatusRecord.SIZE, "message"),
              n(StatusRecord.SIZE))
          .storeInto(shim.started())
          .onZero(abandoned);
      // From now on orphans of the container are their namespace's, or the host's, as with Docker.
      builder.step(Sysno.PRCTL, named(36, "PR_SET_CHILD_SUBREAPER"), n(0));
      Step read =
          builder.step(Sysno.PREAD64, n(ShimFds.STATUS), NULL, n(8), n(StatusFile.PARAMETERS));
      Step open = builder.step(Sysno.PIDFD_OPEN, named(0, "pid"), n(0));
      read.replace(1, new Arg.Argument(open, 0));
      Step dup = builder.step(Sysno.DUP3, NULL, n(ShimFds.PROCESS), named(02000000, "O_CLOEXEC"));
      open.storeInto(dup, 0);
      shim.keepAnothers();
      builder.onFailure(null);
      builder.mark(child);
      builder.step(Sysno.PRCTL, named(1, "PR_SET_PDEATHSIG"), named(9, "SIGKILL"));
      builder.step(Sysno.CLOSE_RANGE, n(3), named(0xffffffffL, "~0"), n(0)).ignoringErrors();
      OciRuntime.execute(builder, plan.words());
      builder.mark(abandoned);
      if (!plan.abandon().isEmpty()) {
        OciRuntime.execute(builder, plan.abandon());
      }
      builder.step(Sysno.EXIT_GROUP, n(0));
      return builder.build();
    }

    private void cover(Path directory) {
      builder.step(
          Sysno.MOUNT,
          builder.text("felucca"),
          builder.text(directory.toString()),
          builder.text("tmpfs"),
          n(0),
          builder.text("mode=0711,size=1m"));
    }

    private void place(int tree, HeldSources.Place place) {
      String path = place.path().toString();
      MountPlaces places = new MountPlaces(builder);
      if (place.file()) {
        places.file(path);
      } else {
        places.directory(path);
      }
      builder.step(
          Sysno.MOVE_MOUNT,
          n(tree),
          builder.text(""),
          named(-100, "AT_FDCWD"),
          builder.text(path),
          named(4, "F_EMPTY_PATH"));
    }

    private void detach(Path path) {
      builder
          .step(Sysno.UMOUNT2, builder.text(path.toString()), named(2, "MNT_DETACH"))
          .ignoringErrors();
    }

    private void mount(Mount mount) {
      if (mount.base() != null) {
        builder.step(Sysno.CHDIR, builder.text(mount.base().toString()));
      }
      MountOptions options = MountOptions.parse(mount.options());
      Arg target = builder.text(plan.target().toString());
      Arg source = builder.text(mount.source());
      if (!options.bind() && !mount.type().equals("bind")) {
        Arg data = options.dataString().isEmpty() ? NULL : builder.text(options.dataString());
        builder.step(
            Sysno.MOUNT,
            source,
            target,
            builder.text(mount.type()),
            Arg.hex(options.flags()),
            data);
        return;
      }
      long bind = MS_BIND | options.flags() & MS_REC;
      builder.step(Sysno.MOUNT, source, target, NULL, Arg.hex(bind), NULL);
      if (options.remountFlags() != 0) {
        builder.step(Sysno.MOUNT, source, target, NULL, Arg.hex(options.remountFlags()), NULL);
      }
    }

    private Step runtime(Label child) {
      long flags = CloneFlags.VM.bit() | CloneFlags.VFORK.bit();
      Arg.Address clone = builder.space(88, "{VM|VFORK}");
      builder.putLong(clone, flags);
      builder.putLong(clone.plus(32), SIGCHLD);
      Step cloned = builder.step(Sysno.CLONE3, clone, n(88)).onZero(child);
      Step waited =
          builder.step(
              Sysno.WAITID,
              named(1, "P_PID"),
              NULL,
              NULL,
              named(0x40000004, "WEXITED|__WALL"),
              NULL);
      cloned.storeInto(waited, 1);
      return waited;
    }

    /** A unix socket by a name of seven letters: of a path only 108 bytes would fit. */
    private void listen() {
      byte[] name = SOCKET.getBytes(StandardCharsets.US_ASCII);
      byte[] address = new byte[2 + name.length + 1];
      address[0] = 1;
      System.arraycopy(name, 0, address, 2, name.length);
      Step socket =
          builder.step(
              Sysno.SOCKET,
              named(1, "AF_UNIX"),
              named(1 | 02000000 | 04000, "STREAM|CLOEXEC|NONBLOCK"),
              n(0));
      Arg.Value own = new Arg.Value(ShimFds.TARGET, "socket");
      Step dup = builder.step(Sysno.DUP3, NULL, own, named(02000000, "O_CLOEXEC"));
      socket.storeInto(dup, 0);
      builder.step(Sysno.BIND, own, builder.bytes(address, SOCKET), n(address.length));
      builder.step(Sysno.LISTEN, own, n(1));
    }

    /** The runtime has sent it and gone: it waits in the socket, or never comes. */
    private void terminal() {
      Label none = new Label("no terminal");
      Arg.Address control = builder.space(32, "control");
      Arg.Address vector = builder.space(16, "{name}");
      builder.pointer(vector, builder.space(4096, "name"));
      builder.putLong(vector.plus(8), 4096);
      Arg.Address message = builder.space(56, "message");
      builder.pointer(message.plus(16), vector);
      builder.putLong(message.plus(24), 1);
      builder.pointer(message.plus(32), control);
      builder.putLong(message.plus(40), 32);
      Step accept =
          builder
              .step(Sysno.ACCEPT4, n(ShimFds.TARGET), NULL, NULL, named(02000000, "CLOEXEC"))
              .onError(none);
      Step receive =
          builder
              .step(Sysno.RECVMSG, NULL, message, named(0x40000000, "MSG_CMSG_CLOEXEC"))
              .onError(none);
      accept.storeInto(receive, 0);
      // The number is in the message, and is to become an argument: by way of a file.
      builder.step(Sysno.PWRITE64, n(ShimFds.STATUS), control.plus(16), n(4), n(SCRATCH));
      Step read = builder.step(Sysno.PREAD64, n(ShimFds.STATUS), NULL, n(4), n(SCRATCH));
      // Which it may have been from the start: then there is nothing to do, and that is an error.
      Step dup =
          builder
              .step(
                  Sysno.DUP3, named(0, "terminal"), n(ShimFds.MASTER), named(02000000, "O_CLOEXEC"))
              .ignoringErrors();
      read.replace(1, new Arg.Argument(dup, 0));
      builder.mark(none);
      builder
          .step(Sysno.UNLINKAT, named(-100, "AT_FDCWD"), builder.text(SOCKET), n(0))
          .ignoringErrors();
    }
  }
}
