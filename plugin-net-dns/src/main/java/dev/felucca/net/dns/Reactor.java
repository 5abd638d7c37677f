package dev.felucca.net.dns;

import dev.felucca.linux.Errno;
import dev.felucca.linux.Fd;
import dev.felucca.linux.NativeMemory;
import dev.felucca.linux.OpenFlag;
import dev.felucca.linux.SyscallException;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.Sysno;
import dev.felucca.linux.process.EpollEvents;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread: waits for every socket at once (epoll(7), level-triggered, so that a busy socket
 * costs no call to arm it again) and for what is due. Sockets may be added from any thread; all
 * that runs, runs in its own.
 */
final class Reactor implements AutoCloseable {
  static final int READABLE = 1;
  static final int WRITABLE = 4;

  private static final Logger LOG = LoggerFactory.getLogger(Reactor.class);
  private static final int ADD = 1;
  private static final int DELETE = 2;
  private static final int MODIFY = 3;
  private static final int BATCH = 128;

  /** Hears of a socket that can be used; being told so in vain does no harm. */
  interface Ready {
    void ready(int events);
  }

  /** Something to be done later, unless it is taken back. */
  static final class Due implements Comparable<Due> {
    private final long at;
    private final Runnable task;
    private boolean dropped;

    Due(long at, Runnable task) {
      this.at = at;
      this.task = task;
    }

    void drop() {
      dropped = true;
    }

    @Override
    public int compareTo(Due other) {
      return Long.compare(at - other.at, 0);
    }
  }

  private final Syscalls linux;
  private final Fd epoll;
  private final Fd wake;
  private final EpollEvents layout;
  private final Map<Long, Ready> watched = new ConcurrentHashMap<>();
  private final AtomicLong tokens = new AtomicLong();
  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final PriorityQueue<Due> due = new PriorityQueue<>();
  private final Thread thread;
  private volatile boolean closed;

  Reactor(Syscalls linux, String name) throws SyscallException {
    this.linux = linux;
    this.layout = new EpollEvents(linux.arch());
    long cloexec = OpenFlag.bits(linux.arch(), OpenFlag.CLOEXEC);
    long nonblocking = OpenFlag.bits(linux.arch(), OpenFlag.CLOEXEC, OpenFlag.NONBLOCK);
    this.epoll = new Fd(linux, linux.check("epoll_create", Sysno.EPOLL_CREATE1, cloexec));
    try {
      this.wake = new Fd(linux, linux.check("eventfd", Sysno.EVENTFD2, 0, nonblocking));
      control(ADD, wake.number(), READABLE, 0);
    } catch (SyscallException e) {
      epoll.close();
      throw e;
    }
    this.thread = new Thread(this::loop, name);
    thread.setDaemon(true);
    thread.start();
  }

  /** Watches a socket; answers what to name it by from now on. */
  long add(Fd fd, int events, Ready ready) throws SyscallException {
    long token = tokens.incrementAndGet();
    watched.put(token, ready);
    try {
      control(ADD, fd.number(), events, token);
    } catch (SyscallException e) {
      watched.remove(token);
      throw e;
    }
    return token;
  }

  /** In the reactor's thread. */
  void wants(long token, Fd fd, int events) {
    try {
      control(MODIFY, fd.number(), events, token);
    } catch (SyscallException e) {
      LOG.error("watching a socket", e);
    }
  }

  /** Closes the socket too, in the reactor's thread. */
  void remove(long token, Fd fd) {
    if (watched.remove(token) != null && fd.isOpen()) {
      try {
        control(DELETE, fd.number(), 0, token);
      } catch (SyscallException e) {
        LOG.error("unwatching a socket", e);
      }
      fd.close();
    }
  }

  /** In the reactor's thread. */
  Due after(long millis, Runnable task) {
    Due one = new Due(System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis), task);
    due.add(one);
    return one;
  }

  /** Runs it in the reactor's thread, soon; never, when that has ended. */
  void execute(Runnable task) {
    tasks.add(task);
    wakeUp();
  }

  private void wakeUp() {
    try {
      wake.write(new byte[] {1, 0, 0, 0, 0, 0, 0, 0});
    } catch (SyscallException | IllegalStateException e) {
      LOG.debug("waking the resolver", e); // it is ending, or awake
    }
  }

  @Override
  public void close() {
    closed = true;
    wakeUp();
    try {
      if (Thread.currentThread() != thread) {
        thread.join();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void loop() {
    try (NativeMemory memory = new NativeMemory()) {
      long events = memory.allocate(BATCH * layout.size());
      while (!closed) {
        long count = linux.call(Sysno.EPOLL_PWAIT, epoll.number(), events, BATCH, patience(), 0, 8);
        if (Errno.failed(count) && !Errno.EINTR.is(count)) {
          LOG.error("waiting for questions", new SyscallException("epoll", Errno.of(count)));
          return;
        }
        for (int i = 0; i < count; i++) {
          long event = events + (long) i * layout.size();
          report(layout.token(memory, event), layout.events(memory, event));
        }
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
          run(task);
        }
        while (!due.isEmpty() && (due.peek().dropped || due.peek().at - System.nanoTime() <= 0)) {
          Due next = due.remove();
          if (!next.dropped) {
            run(next.task);
          }
        }
      }
    } finally {
      tasks.forEach(Reactor::run);
      wake.close();
      epoll.close();
    }
  }

  private long patience() {
    while (!due.isEmpty() && due.peek().dropped) {
      due.remove();
    }
    if (!tasks.isEmpty()) {
      return 0;
    }
    return due.isEmpty()
        ? -1
        : Math.max(0, TimeUnit.NANOSECONDS.toMillis(due.peek().at - System.nanoTime()) + 1);
  }

  private void report(long token, int events) {
    if (token == 0) {
      try {
        wake.read(new byte[8]);
      } catch (SyscallException e) {
        LOG.debug("woken by nobody", e);
      }
      return;
    }
    Ready ready = watched.get(token);
    if (ready != null) {
      run(() -> ready.ready(events));
    }
  }

  private static void run(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException e) {
      LOG.error("in the resolver", e);
    }
  }

  private void control(int operation, int fd, int events, long token) throws SyscallException {
    try (NativeMemory memory = new NativeMemory()) {
      long event = memory.allocate(layout.size());
      layout.put(memory, event, events, token);
      linux.check("watch descriptor " + fd, Sysno.EPOLL_CTL, epoll.number(), operation, fd, event);
    }
  }
}
