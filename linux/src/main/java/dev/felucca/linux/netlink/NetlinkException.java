package dev.felucca.linux.netlink;

import dev.felucca.linux.Errno;
import java.io.IOException;

/**
 * The kernel refused a netlink request. The message has the request, the errno and the kernel's own
 * explanation.
 */
public final class NetlinkException extends IOException {
  private static final long serialVersionUID = 1;

  private final Errno errno;

  NetlinkException(Message request, Errno errno, String explanation) {
    super(
        request + ": " + errno + " (" + (explanation.isEmpty() ? errno.text() : explanation) + ")");
    this.errno = errno;
  }

  public Errno errno() {
    return errno;
  }
}
