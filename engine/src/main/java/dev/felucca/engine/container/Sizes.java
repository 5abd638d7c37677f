package dev.felucca.engine.container;

import dev.felucca.kernel.container.ContainerDetails;
import dev.felucca.kernel.container.HostConfig;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Adds what is only found out when it is asked for. */
final class Sizes {
  private Sizes() {}

  static ContainerDetails with(ContainerDetails d, long own, long all) {
    return copy(d, d.hostConfig(), d.appArmorProfile(), own, all);
  }

  static ContainerDetails withLinks(ContainerDetails d, List<String> links) {
    HostConfig.Builder host = d.hostConfig().toBuilder();
    host.links = links;
    return copy(d, host.build(), d.appArmorProfile(), d.sizeRw(), d.sizeRootFs());
  }

  static ContainerDetails withAppArmor(ContainerDetails d, String profile) {
    return copy(d, d.hostConfig(), profile, d.sizeRw(), d.sizeRootFs());
  }

  private static ContainerDetails copy(
      ContainerDetails d,
      HostConfig host,
      String appArmorProfile,
      @Nullable Long own,
      @Nullable Long all) {
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
        host,
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
        appArmorProfile,
        d.graphData(),
        own,
        all);
  }
}
