package dev.felucca.linux.netlink;

import static dev.felucca.linux.Arg.hex;
import static dev.felucca.linux.Arg.n;
import static dev.felucca.linux.Arg.named;

import dev.felucca.linux.Arg;
import dev.felucca.linux.Fd;
import dev.felucca.linux.LinuxFiles;
import dev.felucca.linux.LoadedProgram;
import dev.felucca.linux.OpenFlag;
import dev.felucca.linux.Program;
import dev.felucca.linux.ProgramBuilder;
import dev.felucca.linux.ProgramFailure;
import dev.felucca.linux.Step;
import dev.felucca.linux.SyscallException;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.Sysno;
import dev.felucca.linux.process.BriefChild;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/** A network namespace held by a descriptor: it lives at least as long as this is open. */
public final class NetworkNamespace implements AutoCloseable {
  private static final long CLONE_NEWNET = 0x40000000;

  private final Syscalls linux;
  private final Fd fd;
  private final String path;

  private NetworkNamespace(Syscalls linux, Fd fd, String path) {
    this.linux = linux;
    this.fd = fd;
    this.path = path;
  }

  /** Opens a path such as {@code /proc/PID/ns/net}. */
  public static NetworkNamespace open(Syscalls linux, String path) throws IOException {
    return new NetworkNamespace(
        linux, new LinuxFiles(linux).openat(LinuxFiles.AT_FDCWD, path, 0, OpenFlag.RDONLY), path);
  }

  /** The descriptor's number, for {@link LinkMessage#namespace}. */
  public int fd() {
    return fd.number();
  }

  /** A routing socket inside. */
  public RouteSocket route() throws IOException {
    return new RouteSocket(socket(NetlinkSocket.ROUTE));
  }

  /**
   * A netlink socket of any protocol inside. No thread of ours goes there: a child that shares our
   * descriptors does, makes the socket and is gone.
   */
  public NetlinkSocket socket(int protocol) throws IOException {
    return netlink(linux, sockets(linux, path, fd.number(), List.of(Kind.netlink(protocol))))
        .get(0);
  }

  /** Hears what changes inside from now on. */
  public RouteChanges changes() throws IOException {
    return new RouteChanges(linux, sockets(List.of(Kind.netlink(NetlinkSocket.ROUTE))).get(0));
  }

  /**
   * Sets sysctls of the namespace, in order.
   *
   * @param values by path below {@code /proc/sys}, such as {@code net/ipv4/conf/eth0/log_martians}
   */
  public void sysctls(Map<String, String> values) throws IOException {
    if (values.isEmpty()) {
      return;
    }
    ProgramBuilder builder = new ProgramBuilder(linux.arch());
    BriefChild.apart(
        builder,
        () -> {
          enter(builder, fd.number());
          write(builder, values);
        });
    Program program = builder.build();
    try (LoadedProgram loaded = new LoadedProgram(program)) {
      loaded.run();
      Optional<ProgramFailure> failure = program.failure(loaded.table());
      if (failure.isPresent()) {
        String step = failure.get().step().call();
        throw new SyscallException("sysctls in " + path + ": " + step, failure.get().errno());
      }
    }
  }

  private static void write(ProgramBuilder builder, Map<String, String> values) {
    int flags = OpenFlag.bits(builder.arch(), OpenFlag.WRONLY, OpenFlag.CLOEXEC);
    values.forEach(
        (name, value) -> {
          Step open =
              builder.step(
                  Sysno.OPENAT,
                  n(LinuxFiles.AT_FDCWD),
                  builder.text("/proc/sys/" + name),
                  named(flags, "O_WRONLY|O_CLOEXEC"));
          int length = value.getBytes(StandardCharsets.UTF_8).length;
          Step write = builder.step(Sysno.WRITE, Arg.NULL, builder.text(value), n(length));
          open.storeInto(write, 0);
        });
  }

  /** Sockets inside, close-on-exec, all of them or none; where they are stays what it is. */
  public List<Fd> sockets(List<Kind> kinds) throws IOException {
    return sockets(linux, path, fd.number(), kinds);
  }

  /** What socket(2) is asked for. */
  public record Kind(int domain, int type, int protocol) {
    static Kind netlink(int protocol) {
      return new Kind(NetlinkSocket.AF_NETLINK, NetlinkSocket.SOCK_RAW_CLOEXEC, protocol);
    }
  }

  /**
   * Sockets in a network namespace that nobody else has, and which ends when they are closed: for
   * trying what the kernel can do without a trace.
   */
  public static List<NetlinkSocket> scratch(Syscalls linux, int... protocols) throws IOException {
    List<Kind> kinds = IntStream.of(protocols).mapToObj(Kind::netlink).toList();
    return netlink(linux, sockets(linux, "a new network namespace", -1, kinds));
  }

  private static List<NetlinkSocket> netlink(Syscalls linux, List<Fd> sockets) {
    return sockets.stream().map(fd -> NetlinkSocket.adopt(linux, fd)).toList();
  }

  private static List<Fd> sockets(Syscalls linux, String where, int namespace, List<Kind> kinds)
      throws IOException {
    ProgramBuilder builder = new ProgramBuilder(linux.arch());
    List<Step> sockets = writeProgram(builder, namespace, kinds);
    Program program = builder.build();
    try (LoadedProgram loaded = new LoadedProgram(program)) {
      loaded.run();
      List<Fd> made = new ArrayList<>();
      for (Step socket : sockets) {
        if (loaded.result(socket) >= 0 && Program.ran(loaded.table(), socket)) {
          made.add(new Fd(linux, loaded.result(socket)));
        }
      }
      Optional<ProgramFailure> failure = program.failure(loaded.table());
      if (failure.isPresent()) {
        made.forEach(Fd::close);
        String step = failure.get().step().call();
        throw new SyscallException("sockets in " + where + ": " + step, failure.get().errno());
      }
      return made;
    }
  }

  private static List<Step> writeProgram(ProgramBuilder builder, int namespace, List<Kind> kinds) {
    List<Step> sockets = new ArrayList<>();
    BriefChild.sharing(
        builder,
        () -> {
          enter(builder, namespace);
          for (Kind kind : kinds) {
            sockets.add(
                builder.step(Sysno.SOCKET, n(kind.domain()), hex(kind.type()), n(kind.protocol())));
          }
        });
    return sockets;
  }

  private static void enter(ProgramBuilder builder, int namespace) {
    if (namespace < 0) {
      builder.step(Sysno.UNSHARE, named(CLONE_NEWNET, "CLONE_NEWNET"));
    } else {
      builder.step(Sysno.SETNS, n(namespace), named(CLONE_NEWNET, "CLONE_NEWNET"));
    }
  }

  @Override
  public void close() {
    fd.close();
  }
}
