package dev.felucca.linux.process;

import dev.felucca.linux.Errno;
import dev.felucca.linux.Fd;
import dev.felucca.linux.NativeMemory;
import dev.felucca.linux.OpenFlag;
import dev.felucca.linux.SyscallException;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.Sysno;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One thread that waits for every descriptor there is, see epoll(7). Each registration reports once
 * and then rests until it is armed again. Callbacks run in the loop's thread and must not block.
 */
public final class EventLoop implements AutoCloseable {
  public static final int EPOLLIN = 1;
  public static final int EPOLLOUT = 4;
  public static final int EPOLLERR = 8;
  public static final int EPOLLHUP = 16;

  private static final Logger LOG = LoggerFactory.getLogger(EventLoop.class);
  private static final int EPOLLONESHOT = 1 << 30;
  private static final int CTL_ADD = 1;
  private static final int CTL_DEL = 2;
  private static final int CTL_MOD = 3;
  private static final int BATCH = 64;
  private static final long WAKE = 0;

  private final Syscalls linux;
  private final Fd epoll;
  private final Fd wake;
  private final EpollEvents layout;
  private final Map<Long, Registration> registrations = new ConcurrentHashMap<>();
  private final AtomicLong tokens = new AtomicLong(WAKE);
  private final Thread thread;
  private volatile boolean closed;

  /** Starts the thread, a daemon of that name. */
  public EventLoop(Syscalls linux, String name) throws SyscallException {
    this.linux = linux;
    this.layout = new EpollEvents(linux.arch());
    long cloexec = OpenFlag.bits(linux.arch(), OpenFlag.CLOEXEC);
    this.epoll = new Fd(linux, linux.check("epoll_create", Sysno.EPOLL_CREATE1, cloexec));
    try {
      this.wake = new Fd(linux, linux.check("eventfd", Sysno.EVENTFD2, 0, cloexec));
      control(CTL_ADD, wake.number(), EPOLLIN, WAKE);
    } catch (SyscallException e) {
      epoll.close();
      throw e;
    }
    this.thread = new Thread(this::loop, name);
    thread.setDaemon(true);
    thread.start();
  }

  /**
   * Watches a descriptor, which must stay open until {@link Registration#close}.
   *
   * @param events 0 to begin unarmed; EPOLLERR and EPOLLHUP are always reported when armed
   * @param callback gets the events that happened
   */
  public Registration register(Fd fd, int events, IntConsumer callback) throws SyscallException {
    Registration registration =
        new Registration(tokens.incrementAndGet(), fd.number(), callback, events != 0);
    registrations.put(registration.token, registration);
    try {
      control(CTL_ADD, registration.fd, events | EPOLLONESHOT, registration.token);
      return registration;
    } catch (SyscallException e) {
      registrations.remove(registration.token);
      throw e;
    }
  }

  /** Ends the thread; no callback runs after this returns, unless called from one. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      wake.write(new byte[] {1, 0, 0, 0, 0, 0, 0, 0});
      if (Thread.currentThread() != thread) {
        thread.join();
      }
    } catch (SyscallException e) {
      LOG.error("waking the event loop", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void loop() {
    try (NativeMemory memory = new NativeMemory()) {
      long events = memory.allocate(BATCH * layout.size());
      while (!closed) {
        long count = linux.call(Sysno.EPOLL_PWAIT, epoll.number(), events, BATCH, -1, 0, 8);
        if (Errno.failed(count) && !Errno.EINTR.is(count)) {
          LOG.error("waiting for events", new SyscallException("epoll_wait", Errno.of(count)));
          return;
        }
        for (int i = 0; i < count; i++) {
          long event = events + (long) i * layout.size();
          report(layout.token(memory, event), layout.events(memory, event));
        }
      }
    } finally {
      wake.close();
      epoll.close();
    }
  }

  private void report(long token, int events) {
    Registration registration = registrations.get(token);
    if (registration == null || !registration.armed) {
      return;
    }
    try {
      registration.callback.accept(events);
    } catch (RuntimeException e) {
      LOG.error("in the callback of an event", e);
    }
  }

  private void control(int operation, int fd, int events, long token) throws SyscallException {
    try (NativeMemory memory = new NativeMemory()) {
      long event = memory.allocate(layout.size());
      layout.put(memory, event, events, token);
      linux.check("watch descriptor " + fd, Sysno.EPOLL_CTL, epoll.number(), operation, fd, event);
    }
  }

  /** A descriptor being watched. */
  public final class Registration implements AutoCloseable {
    private final long token;
    private final int fd;
    private final IntConsumer callback;

    // The kernel reports errors and hang-ups even to one that asks for nothing.
    private volatile boolean armed;

    Registration(long token, int fd, IntConsumer callback, boolean armed) {
      this.armed = armed;
      this.token = token;
      this.fd = fd;
      this.callback = callback;
    }

    /** Reports the next of these events, once. Does nothing when the loop or this is closed. */
    public void arm(int events) throws SyscallException {
      synchronized (this) {
        if (closed || !registrations.containsKey(token)) {
          return;
        }
        armed = true;
        control(CTL_MOD, fd, events | EPOLLONESHOT, token);
      }
    }

    /**
     * Stops watching; to be called before the descriptor is closed, as epoll watches what is open,
     * and that may live on in another process. Repeats safely.
     */
    @Override
    public void close() {
      synchronized (this) {
        if (registrations.remove(token) == null || closed) {
          return;
        }
        try {
          control(CTL_DEL, fd, 0, token);
        } catch (SyscallException e) {
          LOG.error("unwatching descriptor {}", fd, e);
        }
      }
    }
  }
}
