package dev.felucca.linux.netlink;

import dev.felucca.linux.Errno;
import dev.felucca.linux.Fd;
import dev.felucca.linux.NativeMemory;
import dev.felucca.linux.SyscallException;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.Sysno;
import java.io.IOException;

/**
 * Hears that interfaces, addresses or routes of one network namespace have changed; what has is for
 * the listener to look up. To listen costs a system call and no memory. Not safe for several
 * threads.
 */
public final class RouteChanges implements AutoCloseable {
  private static final int MSG_TRUNC = 0x20;
  private static final int MSG_DONTWAIT = 0x40;

  /** RTNLGRP_LINK (1), and _IFADDR (5, 9) and _ROUTE (7, 11) of both families. */
  private static final int GROUPS = 1 | 1 << 4 | 1 << 6 | 1 << 8 | 1 << 10;

  private static final int SOCKADDR_NL = 12;

  private final Syscalls linux;
  private final Fd fd;

  /** Takes over a socket. */
  RouteChanges(Syscalls linux, Fd fd) throws IOException {
    this.linux = linux;
    this.fd = fd;
    try (NativeMemory out = new NativeMemory()) {
      // A socket that is not bound hears nothing of what is said to all.
      long address = out.ints(NetlinkSocket.AF_NETLINK, 0, GROUPS);
      linux.check("hear of network changes", Sysno.BIND, fd.number(), address, SOCKADDR_NL);
    } catch (IOException e) {
      fd.close();
      throw e;
    }
  }

  /** Of the engine's own namespace. */
  public static RouteChanges open(Syscalls linux) throws IOException {
    long fd =
        linux.check(
            "open netlink socket",
            Sysno.SOCKET,
            NetlinkSocket.AF_NETLINK,
            NetlinkSocket.SOCK_RAW_CLOEXEC,
            NetlinkSocket.ROUTE);
    return new RouteChanges(linux, new Fd(linux, fd));
  }

  /** Whether anything has changed since the last time, or since this was opened. */
  public boolean heard() throws IOException {
    boolean heard = false;
    while (true) {
      // Without a buffer: the message is dropped, that there was one is all.
      long got = linux.call(Sysno.RECVFROM, fd.number(), 0, 0, MSG_DONTWAIT | MSG_TRUNC, 0, 0);
      if (Errno.EAGAIN.is(got)) {
        return heard;
      }
      // Too many to be kept are told by ENOBUFS, once.
      if (Errno.failed(got) && !Errno.ENOBUFS.is(got)) {
        throw new SyscallException("hear of network changes", Errno.of(got));
      }
      heard = true;
    }
  }

  @Override
  public void close() {
    fd.close();
  }
}
