package dev.felucca.net.bridge;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.network.NetworkSpec;
import dev.felucca.kernel.network.Subnet;
import dev.felucca.linux.netlink.LinkMessage;
import java.util.List;
import java.util.Map;

/**
 * A network on an interface of the host, as macvlan and ipvlan make them.
 *
 * @param parent the host's interface
 * @param base the interface that a tagged {@code parent} is on, such as {@code eth0} of {@code
 *     eth0.10}; empty where {@code parent} is not of that form
 * @param tag of that
 * @param alone there is no parent on the host: one is made that leads nowhere
 * @param subnets as in the spec: a network is not changed under its containers
 * @param mode {@code bridge}, {@code l2} …
 */
record ParentNetwork(
    String id,
    String parent,
    String base,
    int tag,
    boolean alone,
    String mode,
    int mtu,
    List<Subnet> subnets) {
  private static final int LAST_TAG = 4094;

  static ParentNetwork of(NetworkSpec spec, Map<String, Integer> modes, String modeOption) {
    Map<String, String> options = spec.options();
    String mode = options.getOrDefault(modeOption, "");
    if (mode.isEmpty()) {
      mode = modes.containsKey("bridge") ? "bridge" : "l2";
    }
    if (!modes.containsKey(mode)) {
      throw new EngineException(
          INVALID,
          "requested "
              + modeOption
              + " mode '"
              + mode
              + "' is not valid, one of "
              + modes.keySet()
              + " is");
    }
    String parent = options.getOrDefault("parent", "");
    boolean alone = parent.isEmpty();
    if (alone) {
      parent = "dm-" + spec.id().substring(0, 12);
    }
    try {
      LinkMessage.get(parent);
    } catch (IllegalArgumentException e) {
      throw new EngineException(INVALID, "invalid parent interface: " + parent, e);
    }
    int dot = alone ? -1 : parent.lastIndexOf('.');
    String base = "";
    int tag = 0;
    if (dot > 0 && parent.substring(dot + 1).matches("[0-9]{1,4}")) {
      tag = Integer.parseInt(parent.substring(dot + 1));
      if (tag < 1 || tag > LAST_TAG) {
        throw new EngineException(INVALID, "invalid VLAN in parent interface: " + parent);
      }
      base = parent.substring(0, dot);
    }
    return new ParentNetwork(
        spec.id(),
        parent,
        base,
        tag,
        alone,
        mode,
        BridgeNetwork.mtu(options.getOrDefault(BridgeNetwork.MTU, "")),
        spec.subnets());
  }
}
