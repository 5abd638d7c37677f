package dev.felucca.linux.netlink;

import dev.felucca.linux.Errno;
import dev.felucca.linux.Fd;
import dev.felucca.linux.NativeMemory;
import dev.felucca.linux.SyscallException;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.Sysno;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A netlink socket, which stays in the network namespace it was made in. Safe for several threads:
 * each request has the socket for itself until its answers are in. Route and netfilter requests are
 * worked off inside sendto(2), so nothing here waits: an answer that is not there at once is an
 * error, never a hang.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/netlink.7.html">netlink(7)</a>
 */
public final class NetlinkSocket implements AutoCloseable {
  /** {@code NETLINK_ROUTE}. */
  public static final int ROUTE = 0;

  /** {@code NETLINK_NETFILTER}. */
  public static final int NETFILTER = 12;

  static final int AF_NETLINK = 16;
  static final int SOCK_RAW_CLOEXEC = 3 | 0x80000;
  private static final int SOL_SOCKET = 1;
  private static final int SO_SNDBUF = 7;
  private static final int SO_SNDBUFFORCE = 32;
  private static final int SOL_NETLINK = 270;
  private static final int NETLINK_CAP_ACK = 10;
  private static final int NETLINK_EXT_ACK = 11;
  private static final int NETLINK_GET_STRICT_CHK = 12;
  private static final int MSG_TRUNC = 0x20;
  private static final int MSG_DONTWAIT = 0x40;
  private static final int CAPPED = 0x100;
  private static final int EXPLAINED = 0x200;
  private static final int RECEIVE = 32 * 1024;
  private static final int DUMP_ATTEMPTS = 10;

  private final Syscalls linux;
  private final Fd fd;
  private final NativeMemory memory = new NativeMemory();
  private final long receive = memory.allocate(RECEIVE);
  private int sequence = 1;

  private NetlinkSocket(Syscalls linux, Fd fd) {
    this.linux = linux;
    this.fd = fd;
  }

  /** A socket in the calling thread's network namespace, which is the engine's own. */
  public static NetlinkSocket open(Syscalls linux, int protocol) throws IOException {
    return adopt(
        linux,
        new Fd(
            linux,
            linux.check(
                "open netlink socket", Sysno.SOCKET, AF_NETLINK, SOCK_RAW_CLOEXEC, protocol)));
  }

  /** Takes over a netlink socket, for example one that was made inside another namespace. */
  static NetlinkSocket adopt(Syscalls linux, Fd fd) {
    NetlinkSocket socket = new NetlinkSocket(linux, fd);
    // Each only makes answers better (shorter acks, reasons, filtered dumps); 5.10 has all three.
    socket.set(SOL_NETLINK, NETLINK_CAP_ACK, 1);
    socket.set(SOL_NETLINK, NETLINK_EXT_ACK, 1);
    socket.set(SOL_NETLINK, NETLINK_GET_STRICT_CHK, 1);
    return socket;
  }

  /**
   * Sends all messages in one system call; the kernel works them off in order.
   *
   * @throws NetlinkException for the first one refused, the ones before it are done; rtnetlink goes
   *     on with the ones after it, too
   */
  public synchronized void execute(List<Message> messages) throws IOException {
    if (messages.isEmpty()) {
      return;
    }
    int first = send(messages, Message.ACK);
    int last = sequence - 1;
    NetlinkException refused = null;
    for (boolean done = false; !done; ) {
      for (Message answer : receive()) {
        int index = answer.sequence() - first;
        if (index < 0 || answer.sequence() > last || answer.type() != Message.ERROR) {
          continue;
        }
        if (refused == null) {
          refused = refusal(messages.get(index), answer);
        }
        done |= answer.sequence() == last;
      }
    }
    if (refused != null) {
      throw refused;
    }
  }

  public void execute(Message... messages) throws IOException {
    execute(List.of(messages));
  }

  /**
   * Sends a transaction: all or nothing. {@code messages} are framed by the begin and end messages
   * of the subsystem.
   *
   * @throws NetlinkException for the first message refused; nothing has changed then
   */
  public synchronized void transact(Message begin, List<Message> messages, Message end)
      throws IOException {
    if (messages.isEmpty()) {
      return;
    }
    List<Message> framed = new ArrayList<>(messages.size() + 2);
    framed.add(begin);
    // Errors always come back; of the acknowledgements one, the last, is enough and cannot overflow
    // the socket.
    framed.addAll(messages.subList(0, messages.size() - 1));
    framed.add(messages.get(messages.size() - 1).with(Message.ACK));
    framed.add(end);
    int first = send(framed, 0);
    int acked = first + messages.size();
    NetlinkException refused = null;
    for (boolean done = false; !done; ) {
      for (Message answer : receive()) {
        int index = answer.sequence() - first;
        if (index < 0 || index >= framed.size() || answer.type() != Message.ERROR) {
          continue;
        }
        NetlinkException why = refusal(framed.get(index), answer);
        refused = refused == null ? why : refused;
        // A failed commit, and a kernel out of memory, are reported for the begin message.
        done |= answer.sequence() == acked || index == 0 && why != null;
      }
    }
    if (refused != null) {
      throw refused;
    }
  }

  /** Asks for one thing and gives the answers that are not acknowledgements. */
  public synchronized List<Message> query(Message request) throws IOException {
    int wanted = send(List.of(request), Message.ACK);
    List<Message> found = new ArrayList<>();
    while (true) {
      for (Message answer : receive()) {
        if (answer.sequence() != wanted) {
          continue;
        }
        if (answer.type() != Message.ERROR) {
          found.add(answer);
          continue;
        }
        NetlinkException refused = refusal(request, answer);
        if (refused != null) {
          throw refused;
        }
        return found;
      }
    }
  }

  /** Asks for everything; asks again when the table changed under the kernel's hands. */
  public synchronized List<Message> dump(Message request) throws IOException {
    for (int attempt = 0; attempt < DUMP_ATTEMPTS; attempt++) {
      List<Message> found = new ArrayList<>();
      if (dumpOnce(request, found)) {
        return found;
      }
    }
    throw new IOException(request + ": still changing after " + DUMP_ATTEMPTS + " attempts");
  }

  private boolean dumpOnce(Message request, List<Message> found) throws IOException {
    int wanted = send(List.of(request), Message.DUMP);
    boolean consistent = true;
    while (true) {
      for (Message answer : receive()) {
        if (answer.sequence() != wanted) {
          continue;
        }
        consistent &= (answer.flags() & Message.DUMP_INTERRUPTED) == 0;
        if (answer.type() == Message.ERROR || answer.type() == Message.DONE) {
          NetlinkException refused = refusal(request, answer);
          if (refused != null) {
            throw refused;
          }
          return consistent;
        }
        found.add(answer);
      }
    }
  }

  /** Null when the answer says that all went well. */
  private static @Nullable NetlinkException refusal(Message request, Message answer) {
    ByteBuffer payload = answer.payload();
    int error = payload.remaining() < 4 ? 0 : payload.getInt(0);
    if (error >= 0) {
      return null;
    }
    String explanation = "";
    if ((answer.flags() & EXPLAINED) != 0) {
      int fixed = answer.type() == Message.DONE ? 4 : 4 + Message.HEADER;
      if (answer.type() == Message.ERROR && (answer.flags() & CAPPED) == 0) {
        fixed = 4 + Message.align(payload.getInt(4));
      }
      String text = answer.attributes(fixed).text(1);
      explanation = text == null ? "" : text;
    }
    return new NetlinkException(request, Errno.of(error), explanation);
  }

  private int send(List<Message> messages, int extraFlags) throws IOException {
    int size = 0;
    for (Message message : messages) {
      size += Message.align(message.length());
    }
    int first = sequence;
    try (NativeMemory out = new NativeMemory()) {
      long address = out.allocate(size);
      ByteBuffer buffer = out.buffer(address, size).order(ByteOrder.nativeOrder());
      for (Message message : messages) {
        message.write(buffer, sequence++, extraFlags);
      }
      long sent = linux.call(Sysno.SENDTO, fd.number(), address, size, 0, 0, 0);
      if (Errno.EMSGSIZE.is(sent) && roomFor(size)) {
        sent = linux.call(Sysno.SENDTO, fd.number(), address, size, 0, 0, 0);
      }
      if (Errno.failed(sent)) {
        String what = messages.get(messages.size() / 2) + " (" + messages.size() + " messages)";
        throw new SyscallException(what, Errno.of(sent));
      }
    }
    return first;
  }

  /**
   * A message larger than the send buffer is refused whole, so the buffer grows with the largest
   * transaction.
   */
  private boolean roomFor(int size) {
    return set(SOL_SOCKET, SO_SNDBUFFORCE, size + 4096) || set(SOL_SOCKET, SO_SNDBUF, size + 4096);
  }

  private List<Message> receive() throws IOException {
    long got =
        linux.check(
            "receive from netlink",
            Sysno.RECVFROM,
            fd.number(),
            receive,
            RECEIVE,
            MSG_DONTWAIT | MSG_TRUNC,
            0,
            0);
    if (got > RECEIVE) {
      throw new IOException("netlink answer of " + got + " bytes is longer than " + RECEIVE);
    }
    ByteBuffer in = memory.buffer(receive, (int) got);
    List<Message> messages = new ArrayList<>();
    while (in.remaining() >= Message.HEADER) {
      int length = in.getInt(in.position());
      if (length < Message.HEADER || length > in.remaining()) {
        throw new IOException("netlink answer with a message of " + length + " bytes");
      }
      byte[] bytes = new byte[length];
      in.get(in.position(), bytes);
      messages.add(new Message(bytes));
      in.position(Math.min(in.position() + Message.align(length), in.limit()));
    }
    return messages;
  }

  private boolean set(int level, int option, int value) {
    try (NativeMemory out = new NativeMemory()) {
      return linux.call(Sysno.SETSOCKOPT, fd.number(), level, option, out.ints(value), 4) == 0;
    }
  }

  @Override
  public synchronized void close() {
    fd.close();
    memory.close();
  }
}
