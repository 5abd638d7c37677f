package dev.felucca.net.dns;

import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.network.Cidr;
import dev.felucca.kernel.network.NameClient;
import dev.felucca.kernel.network.NameServer;
import dev.felucca.kernel.network.NamedEndpoint;
import dev.felucca.linux.Fd;
import dev.felucca.linux.SyscallException;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.socket.Sockets;
import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The name server {@code embedded}: a UDP and a TCP socket in each container's network namespace
 * and one thread that reads them all. The thread starts with the first container.
 */
@Component
public final class EmbeddedNameServer implements NameServer {
  private static final Logger LOG = LoggerFactory.getLogger(EmbeddedNameServer.class);
  private static final int AT_ONCE = 32;

  private final Syscalls linux;
  private final NameBook book = new NameBook();

  /** By container; guarded by this. */
  private final Map<ContainerId, Served> served = new HashMap<>();

  private @Nullable Works works;
  private boolean closed;

  /** What there is while anybody is served. */
  private record Works(Reactor reactor, Sockets calls, Ids ids, Forwarder forwarder) {}

  @Activate
  public EmbeddedNameServer(@Reference Syscalls linux) {
    this.linux = linux;
  }

  @Override
  public String name() {
    return "embedded";
  }

  @Override
  public Map<String, String> status() {
    Map<String, String> facts = new LinkedHashMap<>();
    synchronized (this) {
      facts.put("Containers", Integer.toString(served.size()));
      facts.put("Names", Integer.toString(book.size()));
      if (works != null) {
        facts.put("Asked of others", Long.toString(works.forwarder.asked()));
        facts.put("Without an answer", Long.toString(works.forwarder.failed()));
      }
    }
    return facts;
  }

  @Override
  public void announce(NamedEndpoint endpoint) {
    book.put(endpoint);
  }

  @Override
  public void retract(String endpointId) {
    book.remove(endpointId);
  }

  @Override
  public void serve(NameClient client, String namespace) throws IOException {
    Works at;
    synchronized (this) {
      Served known = served.get(client.container());
      if (known != null && known.path.equals(namespace)) {
        known.client = client;
        works().reactor.execute(known::retireUpstreams);
        return;
      }
      at = works();
    }
    Served made = Served.open(linux, client, namespace);
    synchronized (this) {
      if (closed) {
        made.close(at.reactor);
        throw new IOException("the name server is going");
      }
      try {
        made.udpToken = at.reactor.add(made.udp, Reactor.READABLE, events -> read(at, made));
        made.tcpToken = at.reactor.add(made.tcp, Reactor.READABLE, events -> accept(at, made));
      } catch (SyscallException e) {
        at.reactor.execute(() -> made.close(at.reactor));
        throw e;
      }
      drop(at, served.put(client.container(), made));
    }
  }

  private static void drop(Works at, @Nullable Served old) {
    if (old != null) {
      at.reactor.execute(() -> old.close(at.reactor));
    }
  }

  private Works works() throws IOException {
    if (closed) {
      throw new IOException("the name server is going");
    }
    if (works == null) {
      Reactor reactor = new Reactor(linux, "names");
      Sockets calls = new Sockets(linux);
      Ids ids = new Ids();
      works = new Works(reactor, calls, ids, new Forwarder(reactor, calls, ids));
    }
    return works;
  }

  @Override
  public synchronized void withdraw(ContainerId container) {
    Served old = served.remove(container);
    if (works != null) {
      drop(works, old);
    }
  }

  @Override
  public void adopt(Collection<NamedEndpoint> endpoints, Map<NameClient, String> clients)
      throws IOException {
    book.clear();
    endpoints.forEach(book::put);
    Set<ContainerId> wanted = new HashSet<>();
    clients.keySet().forEach(client -> wanted.add(client.container()));
    synchronized (this) {
      Set.copyOf(served.keySet()).stream()
          .filter(id -> !wanted.contains(id))
          .forEach(this::withdraw);
    }
    IOException failure = null;
    for (Map.Entry<NameClient, String> client : clients.entrySet()) {
      try {
        serve(client.getKey(), client.getValue());
      } catch (IOException e) {
        if (failure == null) {
          failure = e;
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  private void read(Works at, Served client) {
    for (int i = 0; i < AT_ONCE && !client.gone; i++) {
      long count = at.calls.receive(client.udp);
      if (count < 0) {
        return;
      }
      byte[] message = at.calls.received(count);
      byte[] sender = at.calls.sender();
      answer(
          at,
          client,
          message,
          false,
          reply -> {
            if (!client.gone) {
              // One that cannot be sent is lost as datagrams are: it will be asked for again.
              at.calls.send(client.udp, reply, sender);
            }
          },
          () -> {});
    }
  }

  private void accept(Works at, Served client) {
    long number = at.calls.accept(client.tcp);
    if (number < 0) {
      return;
    }
    Fd fd = new Fd(linux, number);
    if (client.conversations.size() >= Served.MOST_CONVERSATIONS) {
      fd.close();
      return;
    }
    try {
      new Conversation(
          at.reactor,
          at.calls,
          client,
          fd,
          (message, by) -> answer(at, client, message, true, by::answer, by::skip));
    } catch (IOException e) {
      fd.close();
      LOG.warn("a container's connection: {}", e.getMessage());
    }
  }

  /**
   * @param unanswerable is told when there is nothing to say
   */
  private void answer(
      Works at,
      Served client,
      byte[] message,
      boolean tcp,
      Exchange.Answer answer,
      Runnable unanswerable) {
    Query query;
    try {
      query = Query.parse(message);
    } catch (Query.MalformedException e) {
      if (e.code() == Query.MalformedException.IGNORE) {
        unanswerable.run();
      } else {
        answer.send(Reply.malformed(message, e.code()));
      }
      return;
    }
    int limit = tcp ? 0xffff : query.udpSize();
    byte[] reply = own(at, client.client, query, limit);
    if (reply != null) {
      answer.send(reply);
    } else {
      at.forwarder.forward(client, query, tcp, answer);
    }
  }

  /** What the names of containers say; null when they say nothing. */
  private byte @Nullable [] own(Works at, NameClient client, Query query, int limit) {
    if (query.klass() != Query.INTERNET || query.name().isEmpty()) {
      return null;
    }
    if (query.type() == Query.PTR) {
      InetAddress address = ReverseName.parse(query.name());
      String name = address == null ? null : book.nameOf(client, address);
      if (name != null) {
        return Reply.name(query, name, limit);
      }
    }
    List<NamedEndpoint> found = book.find(client, query.name());
    if (!found.isEmpty()) {
      return Reply.addresses(query, query.type(), addresses(at, found, query.type()), limit);
    }
    boolean single = query.name().indexOf('.') < 0;
    boolean address = query.type() == Query.A || query.type() == Query.AAAA;
    return client.singleLabelsStay() && single && address
        ? Reply.empty(query, Reply.NO_ERROR)
        : null;
  }

  /** Those of the type, in an order that is another each time; none where nobody has any. */
  private static List<byte[]> addresses(Works at, List<NamedEndpoint> found, int type) {
    int length = type == Query.A ? 4 : type == Query.AAAA ? 16 : 0;
    List<byte[]> addresses = new ArrayList<>();
    for (NamedEndpoint endpoint : found) {
      for (Cidr address : endpoint.addresses()) {
        byte[] bytes = address.address().getAddress();
        if (bytes.length == length) {
          addresses.add(bytes);
        }
      }
    }
    if (addresses.size() > 1) {
      for (int i = addresses.size() - 1; i > 0; i--) {
        Collections.swap(addresses, i, at.ids.below(i + 1));
      }
    }
    return addresses;
  }

  @Deactivate
  void close() {
    Works at;
    synchronized (this) {
      closed = true;
      at = works;
      if (at == null) {
        return;
      }
      served.values().forEach(old -> drop(at, old));
      served.clear();
      at.reactor.execute(at.forwarder::close);
    }
    at.reactor.close();
    at.calls.close();
  }
}
