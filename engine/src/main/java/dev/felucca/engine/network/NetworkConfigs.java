package dev.felucca.engine.network;

import static dev.felucca.kernel.EngineException.Kind.FORBIDDEN;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.network.Cidr;
import dev.felucca.kernel.network.Networks.NetworkRequest;
import dev.felucca.kernel.network.Networks.Pool;
import dev.felucca.kernel.network.Subnet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Networks that only hold what others are made from ({@code --config-only}, {@code --config-from}).
 */
final class NetworkConfigs {
  private NetworkConfigs() {}

  /** Refuses, in Docker's words, what does not go together with either. */
  static void check(NetworkRequest request) {
    boolean from = !request.configFrom().isEmpty();
    if (request.configOnly() && (request.internal() || request.attachable())) {
      throw new EngineException(
          FORBIDDEN,
          "configuration network can only contain network specific fields. Network operator fields"
              + " like [ ingress | internal | attachable | scope ] are not supported.");
    }
    if (request.configOnly() && from) {
      throw new EngineException(
          FORBIDDEN, "a configuration network cannot depend on another configuration network");
    }
    boolean otherIpam = !request.ipamDriver().isEmpty() && !request.ipamDriver().equals("default");
    boolean own =
        otherIpam
            || Boolean.FALSE.equals(request.ipv4())
            || Boolean.TRUE.equals(request.ipv6())
            || !request.labels().isEmpty()
            || !request.ipamOptions().isEmpty()
            || !request.pools().isEmpty();
    if (from && own) {
      throw new EngineException(
          FORBIDDEN,
          "user specified configurations are not supported if the network depends on a configuration"
              + " network");
    }
    if (from && !request.options().isEmpty()) {
      throw new EngineException(
          FORBIDDEN,
          "network driver options are not supported if the network depends on a configuration"
              + " network");
    }
  }

  /** The request with all that the configuration says. */
  static NetworkRequest apply(NetworkRequest request, NetworkRecord config) {
    List<Pool> pools = config.spec().subnets().stream().map(NetworkConfigs::pool).toList();
    return new NetworkRequest(
        request.name(),
        request.driver(),
        request.internal(),
        request.attachable(),
        !config.spec().noIpv4(),
        config.spec().ipv6(),
        request.ipamDriver(),
        config.ipamOptions(),
        pools,
        config.spec().options(),
        config.labels(),
        false,
        request.configFrom());
  }

  private static Pool pool(Subnet subnet) {
    Cidr range = subnet.range();
    return new Pool(
        NetworkPlan.text(subnet.cidr()),
        range == null ? "" : NetworkPlan.text(range),
        subnet.gateway(),
        subnet.auxAddresses());
  }

  /** The subnets of a configuration: without gateways that nobody asked for. */
  static List<Subnet> subnets(NetworkPlan plan) {
    return plan.subnets().stream()
        .map(
            subnet ->
                new Subnet(
                    subnet.cidr(),
                    gateway(plan.request(), subnet.cidr()),
                    subnet.range(),
                    subnet.auxAddresses()))
        .toList();
  }

  private static String gateway(NetworkRequest request, Cidr of) {
    @Nullable String asked =
        request.pools().stream()
            .filter(pool -> !pool.subnet().isEmpty() && Cidr.parse(pool.subnet()).equals(of))
            .map(Pool::gateway)
            .findFirst()
            .orElse(null);
    return asked == null ? "" : asked;
  }
}
