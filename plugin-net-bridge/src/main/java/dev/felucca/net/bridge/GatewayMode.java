package dev.felucca.net.bridge;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.network.NetworkSpec;

/** How the containers of a network and what is beyond the host come together, in one family. */
enum GatewayMode {
  /** Under the host's address, and in by its ports. */
  NAT,
  /** As NAT, and in by the containers' own addresses to all ports. */
  NAT_UNPROTECTED,
  /** Under their own addresses, and in by these to published ports. */
  ROUTED,
  /** Not at all: the host has no address in the network, either. */
  ISOLATED;

  static final String OPTION = "com.docker.network.bridge.gateway_mode_ipv";

  static GatewayMode of(NetworkSpec spec, int family) {
    String text = spec.options().getOrDefault(OPTION + family, "");
    GatewayMode mode =
        switch (text) {
          case "", "nat" -> NAT;
          case "nat-unprotected" -> NAT_UNPROTECTED;
          case "routed" -> ROUTED;
          case "isolated" -> ISOLATED;
          default ->
              throw new EngineException(
                  INVALID, "unknown gateway mode " + text + " (" + OPTION + family + ")");
        };
    if (mode == ISOLATED && !spec.internal()) {
      throw new EngineException(
          INVALID, "gateway mode 'isolated' can only be used for an internal network");
    }
    return mode;
  }

  boolean masquerades() {
    return this == NAT || this == NAT_UNPROTECTED;
  }
}
