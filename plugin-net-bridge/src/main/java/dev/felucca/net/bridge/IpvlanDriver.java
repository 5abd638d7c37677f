package dev.felucca.net.bridge;

import dev.felucca.kernel.network.EndpointSpec;
import dev.felucca.kernel.network.NetworkDriver;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.netlink.LinkMessage;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/**
 * The network driver {@code ipvlan}: containers behind the hardware address of the host's
 * interface.
 */
@Component(service = NetworkDriver.class)
public final class IpvlanDriver extends ParentDriver {
  private static final Map<String, Integer> MODES =
      new TreeMap<>(Map.of("l2", 0, "l3", 1, "l3s", 2));

  @Activate
  public IpvlanDriver(@Reference Syscalls linux, BundleContext framework) {
    this(
        linux,
        Owner.of(Optional.ofNullable(framework.getProperty("felucca.data-root")).orElse("")));
  }

  IpvlanDriver(Syscalls linux, Owner owner) {
    super(linux, owner, "ipvlan", MODES);
  }

  @Override
  LinkMessage child(LinkMessage create, ParentNetwork network, int mode, EndpointSpec endpoint) {
    return create.ipvlan(mode, 0);
  }

  @Override
  WayOut wayOut(ParentNetwork network) {
    return network.mode().equals("l2") ? WayOut.GATEWAY : WayOut.INTERFACE;
  }

  @Override
  @Deactivate
  void close() {
    super.close();
  }
}
