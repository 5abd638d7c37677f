package dev.felucca.linux.process;

import static dev.felucca.linux.Arg.n;
import static dev.felucca.linux.Arg.named;

import dev.felucca.linux.Arg;
import dev.felucca.linux.Errno;
import dev.felucca.linux.Fd;
import dev.felucca.linux.Label;
import dev.felucca.linux.LinuxFiles;
import dev.felucca.linux.LoadedProgram;
import dev.felucca.linux.OpenFlag;
import dev.felucca.linux.Pipe;
import dev.felucca.linux.ProgramBuilder;
import dev.felucca.linux.Step;
import dev.felucca.linux.SyscallException;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.Sysno;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/**
 * Makes user namespaces that no process is in: they last as long as a descriptor of them. Only a
 * process in a new one can be written maps for, so there is one for a moment, which shares this
 * JVM's memory and waits.
 */
public final class UserNamespaces {
  private static final long CLONE_VM = 0x100;
  private static final long CLONE_PIDFD = 0x1000;
  private static final long CLONE_VFORK = 0x4000;
  private static final long CLONE_PARENT_SETTID = 0x100000;
  private static final long CLONE_NEWUSER = 0x10000000;
  private static final int SIGCHLD = 17;
  private static final int SIGKILL = 9;

  private final Syscalls linux;

  public UserNamespaces(Syscalls linux) {
    this.linux = linux;
  }

  /** A namespace with those maps. */
  public Fd make(IdMap map) throws IOException {
    return make(map.uidLines(), map.gidLines());
  }

  /** One to mount the layers of an overlay with. */
  public Fd forLayers(IdMap map) throws IOException {
    return make(map.withRoot());
  }

  private Fd make(String uids, String gids) throws IOException {
    try (Pipe there = Pipe.open(linux);
        Pipe go = Pipe.open(linux)) {
      CompletableFuture<Boolean> ended = new CompletableFuture<>();
      Thread thread =
          new Thread(
              () -> {
                try {
                  hold(there, go);
                  ended.complete(true);
                } catch (IOException | RuntimeException e) {
                  ended.completeExceptionally(e);
                } finally {
                  // Whoever waits for a process that was not made is told so by the end.
                  there.writing().close();
                }
              },
              "user-namespace");
      thread.setDaemon(true);
      thread.start();
      Fd namespace = null;
      try {
        namespace = mapped(there, uids, gids);
      } finally {
        go.writing().write(new byte[1]);
        await(ended);
      }
      return namespace;
    }
  }

  private Fd mapped(Pipe there, String uids, String gids) throws IOException {
    byte[] pid = new byte[4];
    if (there.reading().read(pid) < pid.length) {
      throw new IOException("no user namespace could be made");
    }
    String process = "/proc/" + ByteBuffer.wrap(pid).order(ByteOrder.LITTLE_ENDIAN).getInt();
    write(process + "/uid_map", uids);
    write(process + "/gid_map", gids);
    return new LinuxFiles(linux)
        .openat(LinuxFiles.AT_FDCWD, process + "/ns/user", 0, OpenFlag.RDONLY);
  }

  private void write(String file, String text) throws IOException {
    try (Fd out = new LinuxFiles(linux).openat(LinuxFiles.AT_FDCWD, file, 0, OpenFlag.WRONLY)) {
      out.write(text.getBytes(StandardCharsets.US_ASCII));
    } catch (SyscallException e) {
      throw new IOException("map " + text.strip().replace('\n', ',') + ": " + e.getMessage(), e);
    }
  }

  private static void await(CompletableFuture<Boolean> ended) throws IOException {
    try {
      ended.get();
    } catch (ExecutionException e) {
      throw new IOException("make a user namespace: " + e.getCause(), e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while making a user namespace", e);
    }
  }

  /** Returns when the process has ended. */
  private void hold(Pipe there, Pipe go) throws IOException {
    ProgramBuilder builder = new ProgramBuilder(linux.arch());
    Arg.Address all = builder.cell(-1, "all");
    Arg.Address before = builder.cell(0, "before");
    Arg.Address pidfd = builder.cell(-1, "pidfd");
    Arg.Address pid = builder.cell(0, "pid");
    Arg.Address clone = builder.space(88, "clone_args");
    builder.putLong(
        clone, CLONE_VM | CLONE_VFORK | CLONE_PIDFD | CLONE_PARENT_SETTID | CLONE_NEWUSER);
    builder.pointer(clone.plus(8), pidfd);
    builder.pointer(clone.plus(24), pid);
    builder.putLong(clone.plus(32), SIGCHLD);
    Label child = new Label("child");
    builder.step(Sysno.RT_SIGPROCMASK, named(0, "SIG_BLOCK"), all, before, n(8));
    Step cloned = builder.step(Sysno.CLONE3, clone, n(88)).onZero(child);
    builder.step(Sysno.RT_SIGPROCMASK, named(2, "SIG_SETMASK"), before, Arg.NULL, n(8));
    builder.end(0);
    builder.mark(child);
    builder.step(Sysno.PRCTL, named(1, "PR_SET_PDEATHSIG"), n(SIGKILL));
    builder.step(Sysno.WRITE, n(there.writing().number()), pid, n(4));
    builder.step(Sysno.READ, n(go.reading().number()), builder.space(8, "go"), n(1));
    builder.step(Sysno.EXIT_GROUP, n(0));
    try (LoadedProgram loaded = new LoadedProgram(builder.build())) {
      loaded.run();
      long result = loaded.result(cloned);
      if (Errno.failed(result)) {
        // EUSERS and ENOSPC: user.max_user_namespaces.
        throw new SyscallException("clone3 with CLONE_NEWUSER", Errno.of(result));
      }
      try (PidFd process = new PidFd(linux, (int) result, new Fd(linux, loaded.getInt(pidfd)))) {
        process.await();
      }
    }
  }
}
