package dev.felucca.linux.socket;

import dev.felucca.linux.Errno;
import dev.felucca.linux.Fd;
import dev.felucca.linux.NativeMemory;
import dev.felucca.linux.SyscallException;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.Sysno;
import dev.felucca.linux.netlink.NetworkNamespace;
import java.util.Arrays;

/**
 * The calls on sockets, none of which waits. Results are counts, or {@code -errno}. One thread's:
 * what is received lies in the same memory each time.
 */
public final class Sockets implements AutoCloseable {
  public static final int STREAM = 1;
  public static final int DATAGRAM = 2;
  public static final int NONBLOCKING_CLOEXEC = 0x800 | 0x80000;

  private static final int LARGEST = 65535;
  private static final int SO_ERROR = 4;
  private static final int SOL_SOCKET = 1;
  private static final int MSG_NOSIGNAL = 0x4000;
  private static final int BACKLOG = 64;
  private static final int SO_LINGER = 13;
  private static final int SHUT_WR = 1;

  private final Syscalls linux;
  private final NativeMemory memory = new NativeMemory();
  private final long buffer;
  private final long address;
  private final long length;

  public Sockets(Syscalls linux) {
    this.linux = linux;
    this.buffer = memory.allocate(LARGEST);
    this.address = memory.allocate(SocketAddresses.SIZE);
    this.length = memory.allocate(4);
  }

  public static NetworkNamespace.Kind kind(int domain, int type) {
    return new NetworkNamespace.Kind(domain, type | NONBLOCKING_CLOEXEC, 0);
  }

  /** An accepted connection, owned. */
  public Fd own(long accepted) {
    return new Fd(linux, accepted);
  }

  /** In the engine's own network namespace. */
  public Fd open(int domain, int type) throws SyscallException {
    return new Fd(
        linux, linux.check("socket", Sysno.SOCKET, domain, type | NONBLOCKING_CLOEXEC, 0));
  }

  public void bind(Fd fd, byte[] to) throws SyscallException {
    memory.put(address, to);
    linux.check("bind", Sysno.BIND, fd.number(), address, to.length);
  }

  public void listen(Fd fd) throws SyscallException {
    linux.check("listen", Sysno.LISTEN, fd.number(), BACKLOG);
  }

  public int port(Fd fd) throws SyscallException {
    memory.putInt(length, SocketAddresses.SIZE);
    linux.check("getsockname", Sysno.GETSOCKNAME, fd.number(), address, length);
    return SocketAddresses.port(memory.read(address, SocketAddresses.SIZE));
  }

  /** 0, or {@code -EINPROGRESS}: then it is writable when it is known how that went. */
  public long connect(Fd fd, byte[] to) {
    memory.put(address, to);
    return linux.call(Sysno.CONNECT, fd.number(), address, to.length);
  }

  /** How a connection attempt went: 0 or -errno. */
  public long error(Fd fd) {
    memory.putInt(length, 4);
    long result = linux.call(Sysno.GETSOCKOPT, fd.number(), SOL_SOCKET, SO_ERROR, address, length);
    return Errno.failed(result) ? result : -memory.getInt(address);
  }

  /** The connection's descriptor; {@link #sender} is who it is from. */
  public long accept(Fd fd) {
    memory.putInt(length, SocketAddresses.SIZE);
    return linux.call(Sysno.ACCEPT4, fd.number(), address, length, NONBLOCKING_CLOEXEC);
  }

  /** Nothing more will be sent: the other side reads to the end. */
  public long finish(Fd fd) {
    return linux.call(Sysno.SHUTDOWN, fd.number(), SHUT_WR);
  }

  /** Has the next close be a reset: the other side hears that something went wrong. */
  public void breakOnClose(Fd fd) {
    memory.putInt(address, 1);
    memory.putInt(address + 4, 0);
    linux.call(Sysno.SETSOCKOPT, fd.number(), SOL_SOCKET, SO_LINGER, address, 8);
  }

  /** Takes the next datagram or what there is of a stream. */
  public long receive(Fd fd) {
    memory.putInt(length, SocketAddresses.SIZE);
    return linux.call(Sysno.RECVFROM, fd.number(), buffer, LARGEST, 0, address, length);
  }

  /** What was received last. */
  public byte[] received(long count) {
    return memory.read(buffer, (int) count);
  }

  /** Whom it came from. */
  public byte[] sender() {
    return Arrays.copyOf(
        memory.read(address, SocketAddresses.SIZE),
        Math.min(SocketAddresses.SIZE, memory.getInt(length)));
  }

  public long send(Fd fd, byte[] message, byte[] to) {
    memory.put(buffer, message);
    memory.put(address, to);
    return linux.call(
        Sysno.SENDTO, fd.number(), buffer, message.length, MSG_NOSIGNAL, address, to.length);
  }

  /** To whom the socket is connected. */
  public long send(Fd fd, byte[] message, int from) {
    int count = Math.min(LARGEST, message.length - from);
    memory.put(buffer, from == 0 ? message : Arrays.copyOfRange(message, from, from + count));
    return linux.call(Sysno.SENDTO, fd.number(), buffer, count, MSG_NOSIGNAL, 0, 0);
  }

  @Override
  public void close() {
    memory.close();
  }
}
