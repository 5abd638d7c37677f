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

/** The network driver {@code macvlan}: containers with hardware addresses of their own. */
@Component(service = NetworkDriver.class)
public final class MacvlanDriver extends ParentDriver {
  private static final Map<String, Integer> MODES =
      new TreeMap<>(Map.of("private", 1, "vepa", 2, "bridge", 4, "passthru", 8));

  @Activate
  public MacvlanDriver(@Reference Syscalls linux, BundleContext framework) {
    this(
        linux,
        Owner.of(Optional.ofNullable(framework.getProperty("felucca.data-root")).orElse("")));
  }

  MacvlanDriver(Syscalls linux, Owner owner) {
    super(linux, owner, "macvlan", MODES);
  }

  @Override
  LinkMessage child(LinkMessage create, ParentNetwork network, int mode, EndpointSpec endpoint) {
    return create.mac(mac(endpoint)).macvlan(mode);
  }

  @Override
  WayOut wayOut(ParentNetwork network) {
    return WayOut.GATEWAY;
  }

  @Override
  @Deactivate
  void close() {
    super.close();
  }
}
