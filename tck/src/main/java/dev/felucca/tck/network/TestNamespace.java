package dev.felucca.tck.network;

import dev.felucca.linux.LinuxSyscalls;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.Sysno;
import dev.felucca.linux.netlink.Link;
import dev.felucca.linux.netlink.LinkMessage;
import dev.felucca.linux.netlink.NetworkNamespace;
import dev.felucca.linux.netlink.RouteSocket;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.stream.Collectors;

/** A network namespace held by a descriptor of the test: gone when closed, whatever happened. */
public final class TestNamespace
    implements NetworkDriverContract.Namespace, NameServerContract.Place {
  private static final int CLONE_NEWNET = 0x40000000;
  private static final Syscalls LINUX = LinuxSyscalls.load();

  private final NetworkNamespace namespace;

  private TestNamespace(NetworkNamespace namespace) {
    this.namespace = namespace;
  }

  /** A new one, whose loopback interface is down. */
  public static TestNamespace create() throws Exception {
    FutureTask<NetworkNamespace> task =
        new FutureTask<>(
            () -> {
              LINUX.check("unshare network", Sysno.UNSHARE, CLONE_NEWNET);
              return NetworkNamespace.open(LINUX, "/proc/thread-self/ns/net");
            });
    new Thread(task, "new-namespace").start();
    return new TestNamespace(task.get());
  }

  /** A new one with its loopback interface up. */
  public static TestNamespace withLoopback() throws Exception {
    TestNamespace made = create();
    try (RouteSocket route = made.route()) {
      route.execute(LinkMessage.change("lo").up().build());
    }
    return made;
  }

  /** One that is there already, such as the test's own. */
  public static TestNamespace open(String path) throws IOException {
    return new TestNamespace(NetworkNamespace.open(LINUX, path));
  }

  public int fd() {
    return namespace.fd();
  }

  @Override
  public String path() {
    return "/proc/" + ProcessHandle.current().pid() + "/fd/" + namespace.fd();
  }

  public RouteSocket route() throws IOException {
    return namespace.route();
  }

  @Override
  public Set<String> interfaces() throws IOException {
    try (RouteSocket route = route()) {
      return route.links().stream().map(Link::name).collect(Collectors.toSet());
    }
  }

  /** Starts the action in a thread of its own inside; sockets it makes are in this namespace. */
  public <T> FutureTask<T> start(Callable<T> action) {
    FutureTask<T> task =
        new FutureTask<>(
            () -> {
              LINUX.check("setns", Sysno.SETNS, namespace.fd(), CLONE_NEWNET);
              return action.call();
            });
    new Thread(task, "inside").start();
    return task;
  }

  @Override
  public <T> T inside(Callable<T> action) throws Exception {
    return start(action).get();
  }

  @Override
  public void close() {
    namespace.close();
  }
}
