package dev.felucca.linux.netlink;

import java.io.IOException;

/** The kernel refused a netlink request. The message has the request, the errno and the kernel's own explanation. */
public final class NetlinkException extends IOException {
  private static final long serialVersionUID = 1;

  private final int errno;

  NetlinkException(String what, int errno, String errnoName, String explanation) {
    super(what + ": " + errnoName + (explanation.isEmpty() ? "" : " (" + explanation + ")"));
    this.errno = errno;
  }

  /** The positive errno. */
  public int errno() {
    return errno;
  }
}
