package dev.felucca.net.link;

import dev.felucca.kernel.network.Flow;
import dev.felucca.kernel.network.LinkDriver;
import dev.felucca.kernel.network.LinkEffect;
import dev.felucca.kernel.network.LinkRequest;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.osgi.service.component.annotations.Component;

/** The link driver {@code legacy}: Docker's links, to the letter. */
@Component
public final class LegacyLinks implements LinkDriver {
  @Override
  public String name() {
    return "legacy";
  }

  @Override
  public LinkEffect link(LinkRequest request) {
    List<Port> ports = request.targetPorts().stream().map(Port::parse).sorted().toList();
    Set<String> names = new LinkedHashSet<>();
    names.add(request.alias());
    names.add(request.targetHostname());
    names.add(request.target());
    names.remove("");
    List<Flow> flows =
        ports.stream()
            .map(
                port ->
                    new Flow(
                        request.address(), request.targetAddress(), port.protocol(), port.number()))
            .toList();
    return new LinkEffect(LinkEnvironment.of(request, ports), List.copyOf(names), flows);
  }
}
