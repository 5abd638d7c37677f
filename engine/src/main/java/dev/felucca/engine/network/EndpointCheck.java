package dev.felucca.engine.network;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.EndpointConfig;
import dev.felucca.kernel.network.Cidr;
import dev.felucca.kernel.network.EndpointSpec;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Refuses what a container cannot have in a network, with Docker's words, all of it at once. */
public final class EndpointCheck {
  private static final Logger LOG = LoggerFactory.getLogger(EndpointCheck.class);
  private static final String OPTIONS = "com.docker.network.endpoint.";
  private static final String SYSCTLS = OPTIONS + "sysctls";
  private static final Set<String> KNOWN = Set.of(OPTIONS + "ifname", SYSCTLS);
  private static final Pattern SYSCTL =
      Pattern.compile(
          "net\\.(ipv4|ipv6|mpls)\\.[a-z0-9_]+\\.(IFNAME|ifname)\\.[A-Za-z0-9_]+=[^/\\s,]+");
  private static final Pattern MAC = Pattern.compile("(?i)[0-9a-f]{2}([:-][0-9a-f]{2}){5}");

  private EndpointCheck() {}

  /** INVALID for what this network cannot give. */
  public static void against(NetworkRecord network, EndpointConfig asked) {
    List<String> errors = malformed(asked);
    if (network.predefined()) {
      if (!asked.ipv4Address().isEmpty() || !asked.ipv6Address().isEmpty()) {
        errors.add("user specified IP address is supported on user defined networks only");
      }
      if (!asked.aliases().isEmpty()) {
        errors.add(
            "network-scoped alias is supported only for containers in user defined networks");
      }
    } else if (errors.isEmpty()) {
      inSubnet(network, asked.ipv4Address(), errors);
      inSubnet(network, asked.ipv6Address(), errors);
    }
    refuse(network.spec().name(), errors);
  }

  private static boolean sameMac(EndpointSpec one, EndpointSpec other) {
    String address = one.macAddress();
    return address != null && address.equalsIgnoreCase(other.macAddress());
  }

  /**
   * As with Docker nobody is refused for it: what is sent to such an address reaches one of them.
   */
  static void warnOfSameMac(EndpointSpec spec, List<EndpointInUse> others) {
    others.stream()
        .map(EndpointInUse::spec)
        .filter(other -> !other.id().equals(spec.id()) && sameMac(other, spec))
        .findFirst()
        .ifPresent(
            other ->
                LOG.warn(
                    "containers {} and {} have the hardware address {} in one network",
                    spec.container().shortForm(),
                    other.container().shortForm(),
                    spec.macAddress()));
  }

  private static void inSubnet(NetworkRecord network, String address, List<String> errors) {
    if (!address.isEmpty()
        && network.spec().subnets().stream()
            .noneMatch(subnet -> subnet.cidr().contains(Cidr.address(address)))) {
      errors.add("no configured subnet contains IP address " + address);
    }
  }

  private static List<String> malformed(EndpointConfig asked) {
    List<String> errors = new ArrayList<>();
    if (!asked.ipv4Address().isEmpty() && !isAddress(asked.ipv4Address(), 4)) {
      errors.add("invalid IPv4 address: " + asked.ipv4Address());
    }
    if (!asked.ipv6Address().isEmpty() && !isAddress(asked.ipv6Address(), 16)) {
      errors.add("invalid IPv6 address: " + asked.ipv6Address());
    }
    for (String local : asked.linkLocalIps()) {
      if (!isAddress(local, 4) && !isAddress(local, 16)) {
        errors.add("invalid link-local IP address: " + local);
      }
    }
    String sysctls = asked.driverOptions().getOrDefault(SYSCTLS, "");
    for (String sysctl : sysctls.isEmpty() ? new String[0] : sysctls.split(",", -1)) {
      if (!SYSCTL.matcher(sysctl).matches()) {
        errors.add(
            "unrecognised network interface sysctl '"
                + sysctl
                + "'; represent 'net.X.Y.ethN.Z=V' as 'net.X.Y.IFNAME.Z=V', 'X' must be 'ipv4',"
                + " 'ipv6' or 'mpls'");
      }
    }
    for (String option : asked.driverOptions().keySet()) {
      if (option.startsWith(OPTIONS) && !KNOWN.contains(option)) {
        errors.add("endpoint option " + option + " is not supported");
      }
    }
    if (!asked.macAddress().isEmpty() && !MAC.matcher(asked.macAddress()).matches()) {
      errors.add("invalid MAC address: " + asked.macAddress());
    }
    return errors;
  }

  private static boolean isAddress(String text, int bytes) {
    try {
      InetAddress address = Cidr.address(text);
      return address.getAddress().length == bytes && !address.isAnyLocalAddress();
    } catch (EngineException e) {
      return false;
    }
  }

  private static void refuse(String network, List<String> errors) {
    if (!errors.isEmpty()) {
      throw new EngineException(
          INVALID,
          "invalid config for network "
              + network
              + ": invalid endpoint settings:\n"
              + String.join("\n", errors));
    }
  }
}
