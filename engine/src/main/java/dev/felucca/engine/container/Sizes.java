package dev.felucca.engine.container;

import dev.felucca.kernel.container.ContainerDetails;
import dev.felucca.kernel.container.HostConfig;
import java.util.List;

/** Adds what is only found out when it is asked for. */
final class Sizes {
  private Sizes() {}

  static ContainerDetails with(ContainerDetails d, long own, long all) {
    return new ContainerDetails(
        d.id(),
        d.name(),
        d.created(),
        d.path(),
        d.args(),
        d.state(),
        d.imageId(),
        d.platform(),
        d.config(),
        d.hostConfig(),
        d.drivers(),
        d.networks(),
        d.ports(),
        d.networkNamespace(),
        d.mounts(),
        d.execIds(),
        d.restartCount(),
        d.resolvConfPath(),
        d.hostnamePath(),
        d.hostsPath(),
        d.logPath(),
        d.graphData(),
        own,
        all);
  }

  static ContainerDetails withLinks(ContainerDetails d, List<String> links) {
    HostConfig.Builder host = d.hostConfig().toBuilder();
    host.links = links;
    return new ContainerDetails(
        d.id(),
        d.name(),
        d.created(),
        d.path(),
        d.args(),
        d.state(),
        d.imageId(),
        d.platform(),
        d.config(),
        host.build(),
        d.drivers(),
        d.networks(),
        d.ports(),
        d.networkNamespace(),
        d.mounts(),
        d.execIds(),
        d.restartCount(),
        d.resolvConfPath(),
        d.hostnamePath(),
        d.hostsPath(),
        d.logPath(),
        d.graphData(),
        d.sizeRw(),
        d.sizeRootFs());
  }
}
