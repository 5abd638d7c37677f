package dev.felucca.engine.network;

import dev.felucca.kernel.container.EndpointConfig;
import dev.felucca.kernel.network.Cidr;
import java.net.InetAddress;
import java.util.List;

/** The addresses of {@code --link-local-ip}, with the prefixes that Docker gives them. */
final class LinkLocal {
  private static final int IPV4 = 16;
  private static final int IPV6 = 64;

  private LinkLocal() {}

  static List<Cidr> of(EndpointConfig asked) {
    return asked.linkLocalIps().stream().map(Cidr::address).map(LinkLocal::withPrefix).toList();
  }

  private static Cidr withPrefix(InetAddress address) {
    return new Cidr(address, address.getAddress().length == 4 ? IPV4 : IPV6);
  }
}
