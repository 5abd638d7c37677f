package dev.felucca.linux.netlink;

import dev.felucca.linux.Syscalls;
import dev.felucca.linux.Sysno;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;

/** Network namespaces for tests; each is gone when its descriptor is closed. */
final class Namespaces {
  private static final int CLONE_NEWNET = 0x40000000;

  private Namespaces() {}

  /** Made by a thread that ends; the descriptor keeps it. */
  static NetworkNamespace create(Syscalls linux) throws Exception {
    return inThread(
        () -> {
          linux.check("unshare network", Sysno.UNSHARE, CLONE_NEWNET);
          return NetworkNamespace.open(linux, "/proc/thread-self/ns/net");
        });
  }

  private static <T> T inThread(Callable<T> action) throws Exception {
    FutureTask<T> task = new FutureTask<>(action);
    Thread thread = new Thread(task, "namespace");
    thread.start();
    return task.get();
  }
}
