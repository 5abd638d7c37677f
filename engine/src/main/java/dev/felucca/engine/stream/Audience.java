package dev.felucca.engine.stream;

import dev.felucca.kernel.isolation.OutputPositions;
import dev.felucca.kernel.isolation.OutputStreamKind;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * The clients that hear a container's output, and how far they have heard it: none is given a byte
 * twice, though the isolation driver may deliver it again. Thread-safe; the monitor is never held
 * over a client's listener.
 */
final class Audience {
  private final List<ClientQueue> clients = new ArrayList<>();
  private long seenOut;
  private long seenErr;
  private boolean over;
  private boolean processEnded;

  /** A run begins whose output is heard from here on. */
  synchronized void begin(OutputPositions from) {
    seenOut = from.stdout();
    seenErr = from.stderr();
    over = false;
    processEnded = false;
  }

  /** How many bytes of output came by in this run; it grows as long as there is progress. */
  synchronized long seen() {
    return seenOut + seenErr;
  }

  /** Who comes when the run's output is over hears the end at once; before a run it waits. */
  void join(ClientQueue client) {
    synchronized (this) {
      if (!over) {
        clients.add(client);
        return;
      }
    }
    client.end();
  }

  /** The client is told nothing more. */
  void leave(ClientQueue client) {
    client.detach();
    synchronized (this) {
      clients.remove(client);
    }
  }

  /**
   * Gives everybody what is new in {@code bytes}.
   *
   * @return completes when all of them have room for more; at once when the process has ended, as
   *     what still comes is little
   */
  CompletableFuture<Void> hear(OutputStreamKind stream, long position, ByteBuffer bytes) {
    List<ClientQueue> to;
    byte[] fresh;
    boolean wait;
    synchronized (this) {
      clients.removeIf(ClientQueue::gone);
      fresh = fresh(stream, position, bytes);
      to = List.copyOf(clients);
      wait = !processEnded;
    }
    List<CompletableFuture<Void>> rooms = new ArrayList<>();
    for (ClientQueue client : to) {
      CompletableFuture<Void> room = client.offer(stream, fresh).toCompletableFuture();
      if (wait) {
        rooms.add(room);
      }
    }
    return CompletableFuture.allOf(rooms.toArray(CompletableFuture[]::new));
  }

  /** The part that no client can have had. */
  private byte[] fresh(OutputStreamKind stream, long position, ByteBuffer bytes) {
    long end = position + bytes.remaining();
    long seen = stream == OutputStreamKind.STDOUT ? seenOut : seenErr;
    if (stream == OutputStreamKind.STDOUT) {
      seenOut = Math.max(seen, end);
    } else {
      seenErr = Math.max(seen, end);
    }
    if (clients.isEmpty() || end <= seen) {
      return new byte[0];
    }
    ByteBuffer rest = bytes.duplicate();
    rest.position(rest.position() + (int) Math.max(0, seen - position));
    byte[] copy = new byte[rest.remaining()];
    rest.get(copy);
    return copy;
  }

  /** What is still on its way is taken however slow a client may be, so that the log gets it. */
  void processEnded() {
    List<ClientQueue> all;
    synchronized (this) {
      processEnded = true;
      all = List.copyOf(clients);
    }
    all.forEach(ClientQueue::takeAll);
  }

  /**
   * The run's output is over: who comes before the next run hears the end at once.
   *
   * @return tells everybody who is here now; who comes for the next run is not meant
   */
  synchronized Runnable finish() {
    over = true;
    return farewell();
  }

  /** The run is over: everybody hears the end, and who comes from now on waits for the next. */
  void close() {
    Runnable farewell;
    synchronized (this) {
      over = false;
      farewell = farewell();
    }
    farewell.run();
  }

  /** Everybody who is here hears the end. */
  void dismiss() {
    farewell().run();
  }

  private synchronized Runnable farewell() {
    List<ClientQueue> all = List.copyOf(clients);
    clients.clear();
    return () -> all.forEach(ClientQueue::end);
  }
}
