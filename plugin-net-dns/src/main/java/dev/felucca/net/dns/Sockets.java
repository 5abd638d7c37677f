package dev.felucca.net.dns;

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
final class Sockets implements AutoCloseable {
  static final int STREAM = 1;
  static final int DATAGRAM = 2;
  static final int NONBLOCKING_CLOEXEC = 0x800 | 0x80000;

  private static final int LARGEST = 65535;
  private static final int SO_ERROR = 4;
  private static final int SOL_SOCKET = 1;
  private static final int MSG_NOSIGNAL = 0x4000;
  private static final int BACKLOG = 64;

  private final Syscalls linux;
  private final NativeMemory memory = new NativeMemory();
  private final long buffer;
  private final long address;
  private final long length;

  Sockets(Syscalls linux) {
    this.linux = linux;
    this.buffer = memory.allocate(LARGEST);
    this.address = memory.allocate(SocketAddresses.SIZE);
    this.length = memory.allocate(4);
  }

  static NetworkNamespace.Kind kind(int domain, int type) {
    return new NetworkNamespace.Kind(domain, type | NONBLOCKING_CLOEXEC, 0);
  }

  /** In the engine's own network namespace. */
  Fd open(int domain, int type) throws SyscallException {
    return new Fd(
        linux, linux.check("socket", Sysno.SOCKET, domain, type | NONBLOCKING_CLOEXEC, 0));
  }

  void bind(Fd fd, byte[] to) throws SyscallException {
    memory.put(address, to);
    linux.check("bind", Sysno.BIND, fd.number(), address, to.length);
  }

  void listen(Fd fd) throws SyscallException {
    linux.check("listen", Sysno.LISTEN, fd.number(), BACKLOG);
  }

  int port(Fd fd) throws SyscallException {
    memory.putInt(length, SocketAddresses.SIZE);
    linux.check("getsockname", Sysno.GETSOCKNAME, fd.number(), address, length);
    return SocketAddresses.port(memory.read(address, SocketAddresses.SIZE));
  }

  /** 0, or {@code -EINPROGRESS}: then it is writable when it is known how that went. */
  long connect(Fd fd, byte[] to) {
    memory.put(address, to);
    return linux.call(Sysno.CONNECT, fd.number(), address, to.length);
  }

  /** How a connection attempt went: 0 or -errno. */
  long error(Fd fd) {
    memory.putInt(length, 4);
    long result = linux.call(Sysno.GETSOCKOPT, fd.number(), SOL_SOCKET, SO_ERROR, address, length);
    return Errno.failed(result) ? result : -memory.getInt(address);
  }

  long accept(Fd fd) {
    return linux.call(Sysno.ACCEPT4, fd.number(), 0, 0, NONBLOCKING_CLOEXEC);
  }

  /** Takes the next datagram or what there is of a stream. */
  long receive(Fd fd) {
    memory.putInt(length, SocketAddresses.SIZE);
    return linux.call(Sysno.RECVFROM, fd.number(), buffer, LARGEST, 0, address, length);
  }

  /** What was received last. */
  byte[] received(long count) {
    return memory.read(buffer, (int) count);
  }

  /** Whom it came from. */
  byte[] sender() {
    return Arrays.copyOf(
        memory.read(address, SocketAddresses.SIZE),
        Math.min(SocketAddresses.SIZE, memory.getInt(length)));
  }

  long send(Fd fd, byte[] message, byte[] to) {
    memory.put(buffer, message);
    memory.put(address, to);
    return linux.call(
        Sysno.SENDTO, fd.number(), buffer, message.length, MSG_NOSIGNAL, address, to.length);
  }

  /** To whom the socket is connected. */
  long send(Fd fd, byte[] message, int from) {
    int count = Math.min(LARGEST, message.length - from);
    memory.put(buffer, from == 0 ? message : Arrays.copyOfRange(message, from, from + count));
    return linux.call(Sysno.SENDTO, fd.number(), buffer, count, MSG_NOSIGNAL, 0, 0);
  }

  @Override
  public void close() {
    memory.close();
  }
}
