package dev.felucca.net.dns;

import dev.felucca.kernel.network.NameServer;
import dev.felucca.linux.LinuxSyscalls;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.Sysno;
import dev.felucca.linux.netlink.LinkMessage;
import dev.felucca.linux.netlink.NetworkNamespace;
import dev.felucca.linux.netlink.RouteSocket;
import dev.felucca.tck.network.NameServerContract;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(OwnNetwork.class)
class EmbeddedNameServerTest extends NameServerContract {
  private static final Syscalls LINUX = LinuxSyscalls.load();
  private static final int CLONE_NEWNET = 0x40000000;

  @Override
  protected NameServer create() {
    return new EmbeddedNameServer(LINUX);
  }

  @Override
  protected void close(NameServer server) {
    ((EmbeddedNameServer) server).close();
  }

  @Override
  protected Place place() throws Exception {
    try (RouteSocket host = RouteSocket.open(LINUX)) {
      host.execute(LinkMessage.change("lo").up().build());
    }
    FutureTask<NetworkNamespace> made =
        new FutureTask<>(
            () -> {
              LINUX.check("unshare network", Sysno.UNSHARE, CLONE_NEWNET);
              return NetworkNamespace.open(LINUX, "/proc/thread-self/ns/net");
            });
    new Thread(made, "new-namespace").start();
    NetworkNamespace namespace = made.get();
    try (RouteSocket inside = namespace.route()) {
      inside.execute(LinkMessage.change("lo").up().build());
    }
    return new Place() {
      @Override
      public String path() {
        return "/proc/" + ProcessHandle.current().pid() + "/fd/" + namespace.fd();
      }

      @Override
      public <T> T inside(Callable<T> action) throws Exception {
        FutureTask<T> task =
            new FutureTask<>(
                () -> {
                  LINUX.check("setns", Sysno.SETNS, namespace.fd(), CLONE_NEWNET);
                  return action.call();
                });
        new Thread(task, "inside").start();
        return task.get();
      }

      @Override
      public void close() {
        namespace.close();
      }
    };
  }
}
