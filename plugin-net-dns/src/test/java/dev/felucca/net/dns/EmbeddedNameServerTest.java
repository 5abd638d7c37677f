package dev.felucca.net.dns;

import dev.felucca.kernel.network.NameServer;
import dev.felucca.linux.LinuxSyscalls;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.netlink.LinkMessage;
import dev.felucca.linux.netlink.OwnNetwork;
import dev.felucca.linux.netlink.RouteSocket;
import dev.felucca.tck.network.NameServerContract;
import dev.felucca.tck.network.TestNamespace;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(OwnNetwork.class)
class EmbeddedNameServerTest extends NameServerContract {
  private static final Syscalls LINUX = LinuxSyscalls.load();

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
    return TestNamespace.withLoopback();
  }
}
