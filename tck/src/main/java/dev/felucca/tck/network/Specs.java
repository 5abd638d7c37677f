package dev.felucca.tck.network;

import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.network.Cidr;
import dev.felucca.kernel.network.EndpointSpec;
import dev.felucca.kernel.network.NetworkSpec;
import dev.felucca.kernel.network.Subnet;
import java.util.List;
import java.util.Map;

/** Networks and endpoints for tests, told apart by small numbers. */
public final class Specs {
  private Specs() {}

  /** A network {@code 10.201.N.0/24}. */
  public static NetworkSpec network(int number, Map<String, String> options) {
    String prefix = "10.201." + number + ".";
    return new NetworkSpec(
        id(0xa000 + number),
        "net" + number,
        List.of(new Subnet(Cidr.parse(prefix + "0/24"), prefix + "1")),
        false,
        false,
        options);
  }

  /** An endpoint {@code 10.201.N.last} with the interface {@code eth0} and a default route. */
  public static EndpointSpec endpoint(NetworkSpec network, int number, int last) {
    String gateway = network.subnets().get(0).gateway();
    String address = gateway.substring(0, gateway.lastIndexOf('.') + 1) + last;
    return new EndpointSpec(
        id(0xe000 + number),
        network.id(),
        new ContainerId(id(0xc000 + number)),
        "eth0",
        List.of(Cidr.parse(address + "/24")),
        List.of(gateway),
        null,
        List.of(),
        Map.of());
  }

  /** A network {@code 10.201.N.0/24} and {@code fd00:201:N::/64}. */
  public static NetworkSpec dualNetwork(int number) {
    NetworkSpec four = network(number, Map.of());
    Subnet six =
        new Subnet(Cidr.parse("fd00:201:" + number + "::/64"), "fd00:201:" + number + "::1");
    return new NetworkSpec(
        four.id(), four.name(), List.of(four.subnets().get(0), six), false, true, Map.of());
  }

  /** As {@link #endpoint}, in both families. */
  public static EndpointSpec dualEndpoint(NetworkSpec network, int number, int last) {
    EndpointSpec four = endpoint(network, number, last);
    String gateway = network.subnets().get(1).gateway();
    String six = gateway.substring(0, gateway.length() - 1) + last + "/64";
    return new EndpointSpec(
        four.id(),
        four.networkId(),
        four.container(),
        four.interfaceName(),
        List.of(four.addresses().get(0), Cidr.parse(six)),
        List.of(four.gateways().get(0), gateway),
        null,
        List.of(),
        Map.of());
  }

  /** 64 digits of which the first four tell numbers apart. */
  public static String id(int number) {
    return "%04x%060x".formatted(number, number);
  }
}
