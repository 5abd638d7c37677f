package dev.felucca.linux.cgroup;

import dev.felucca.linux.Fd;
import dev.felucca.linux.NativeMemory;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.Sysno;
import java.io.IOException;

/**
 * A descriptor that epoll reports when a group ran out of memory. On v1 an eventfd; on v2 the file
 * {@code memory.events} itself, which the kernel reports as having priority data after each change:
 * an inotify instance each would run into {@code max_user_instances} at 128 containers.
 */
public final class MemoryWatch implements AutoCloseable {
  private static final int EPOLLIN = 1;
  private static final int EPOLLPRI = 2;
  private static final int ENOUGH = 512;

  private final Syscalls linux;
  private final Fd fd;
  private final boolean file;

  private MemoryWatch(Syscalls linux, Fd fd, boolean file) {
    this.linux = linux;
    this.fd = fd;
    this.file = file;
  }

  static MemoryWatch counter(Syscalls linux, Fd eventfd) {
    return new MemoryWatch(linux, eventfd, false);
  }

  /** Reads once, so that only what comes later counts as a change. */
  static MemoryWatch file(Syscalls linux, Fd events) throws IOException {
    MemoryWatch watch = new MemoryWatch(linux, events, true);
    watch.acknowledge();
    return watch;
  }

  public Fd fd() {
    return fd;
  }

  /** What to ask epoll for. */
  public int events() {
    return file ? EPOLLPRI : EPOLLIN;
  }

  /** Makes it quiet until the next time; after it the counts are looked at. */
  public void acknowledge() throws IOException {
    try (NativeMemory memory = new NativeMemory()) {
      long buffer = memory.allocate(ENOUGH);
      if (file) {
        linux.check("read memory.events", Sysno.PREAD64, fd.number(), buffer, ENOUGH, 0);
      } else {
        linux.call(Sysno.READ, fd.number(), buffer, 8); // EAGAIN: another look was faster
      }
    }
  }

  @Override
  public void close() {
    fd.close();
  }
}
