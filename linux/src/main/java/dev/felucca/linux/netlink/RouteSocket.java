package dev.felucca.linux.netlink;

import dev.felucca.linux.Errno;
import dev.felucca.linux.Syscalls;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** Interfaces, addresses and routes of one network namespace. Safe for several threads. */
public final class RouteSocket implements AutoCloseable {
  private final NetlinkSocket socket;

  /** Takes over a socket of {@link NetlinkSocket#ROUTE}. */
  public RouteSocket(NetlinkSocket socket) {
    this.socket = socket;
  }

  /** Of the engine's own namespace. */
  public static RouteSocket open(Syscalls linux) throws IOException {
    return new RouteSocket(NetlinkSocket.open(linux, NetlinkSocket.ROUTE));
  }

  /**
   * Sends the messages in one system call; they are worked off in order.
   *
   * @throws NetlinkException for the first refused; the kernel goes on with the ones after it
   */
  public void execute(List<Message> messages) throws IOException {
    socket.execute(messages);
  }

  public void execute(Message... messages) throws IOException {
    socket.execute(messages);
  }

  /**
   * As {@link #execute}, but a refusal with {@code expected} counts as done.
   *
   * @return whether it was done now
   */
  public boolean executeUnless(Errno expected, Message message) throws IOException {
    try {
      socket.execute(message);
      return true;
    } catch (NetlinkException e) {
      if (e.errno() == expected) {
        return false;
      }
      throw e;
    }
  }

  public List<Link> links() throws IOException {
    return socket.dump(LinkMessage.list()).stream().map(Link::parse).toList();
  }

  /** The interface of this name, if there is one. */
  public Optional<Link> link(String name) throws IOException {
    try {
      return socket.query(LinkMessage.get(name)).stream().map(Link::parse).findFirst();
    } catch (NetlinkException e) {
      if (e.errno() == Errno.ENODEV) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /** Deletes the interface; not being there is fine. */
  public void deleteLink(String name) throws IOException {
    executeUnless(Errno.ENODEV, LinkMessage.delete(name));
  }

  /** IPv4 and IPv6 addresses of all interfaces. */
  public List<Address> addresses() throws IOException {
    return socket.dump(AddressMessage.list()).stream()
        .map(Address::parse)
        .filter(Objects::nonNull)
        .toList();
  }

  /** Unicast routes of all tables, IPv4 and IPv6. */
  public List<Route> routes() throws IOException {
    return socket.dump(RouteMessage.list()).stream()
        .map(Route::parse)
        .filter(Objects::nonNull)
        .toList();
  }

  @Override
  public void close() {
    socket.close();
  }
}
