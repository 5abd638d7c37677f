package dev.felucca.engine.network;

import static dev.felucca.kernel.EngineException.Kind.FORBIDDEN;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.network.Cidr;
import java.util.List;

/**
 * Whether a subnet that a user asked for takes something away from the host: one of its routes is
 * the same, or lies within. A wider route of the host is no obstacle: the narrower one of the
 * network wins for its own addresses, which is what was asked for.
 */
final class HostOverlap {
  private HostOverlap() {}

  static void check(Cidr subnet, List<Cidr> routes) {
    for (Cidr route : routes) {
      if (route.prefix() >= subnet.prefix() && subnet.overlaps(route)) {
        throw new EngineException(
            FORBIDDEN,
            "invalid pool request: subnet "
                + NetworkPlan.text(subnet)
                + " overlaps the host's route to "
                + NetworkPlan.text(route));
      }
    }
  }
}
