package dev.felucca.rest.container;

import dev.felucca.kernel.container.ContainerDetails;
import dev.felucca.kernel.container.EndpointDetails;
import dev.felucca.kernel.container.HostConfig;
import dev.felucca.kernel.isolation.Security;
import dev.felucca.rest.http.ApiVersion;
import dev.felucca.rest.json.JsonOut;
import java.util.List;

/** The API's {@code ContainerInspectResponse}. */
final class InspectJson {
  private InspectJson() {}

  /**
   * @param hostIpv6 whether the host has IPv6, see {@link PortsJson}
   */
  static byte[] of(ContainerDetails container, ApiVersion api, boolean hostIpv6) {
    return JsonOut.object(out -> write(out, container, api, hostIpv6));
  }

  private static void write(
      JsonOut out, ContainerDetails container, ApiVersion api, boolean hostIpv6) {
    out.text("Id", container.id().hex())
        .time("Created", container.created())
        .text("Path", container.path())
        .texts("Args", container.args())
        .object("State", state -> StateJson.write(state, container.state()))
        .text("Image", container.imageId())
        .text("ResolvConfPath", container.resolvConfPath())
        .text("HostnamePath", container.hostnamePath())
        .text("HostsPath", container.hostsPath())
        .text("LogPath", container.logPath())
        .text("Name", "/" + container.name())
        .number("RestartCount", container.restartCount())
        .text("Driver", container.drivers().storage())
        .text("Platform", container.platform().os())
        .text("MountLabel", "")
        .text("ProcessLabel", "")
        .text("AppArmorProfile", container.appArmorProfile())
        .textsOrNull("ExecIDs", container.execIds())
        .object("HostConfig", host -> HostConfigJson.write(host, inForce(container)))
        .object(
            "GraphDriver",
            graph ->
                graph
                    .mapOrNull("Data", container.graphData())
                    .text("Name", container.drivers().storage()));
    if (container.sizeRw() != null) {
      out.number("SizeRw", container.sizeRw());
    }
    if (container.sizeRootFs() != null) {
      out.number("SizeRootFs", container.sizeRootFs());
    }
    MountPointJson.writeAll(out, container);
    out.object("Config", config -> ConfigJson.write(config, container.config()))
        .object("NetworkSettings", settings -> networkSettings(settings, container, api, hostIpv6));
  }

  /** What was left to the engine, as it decided; a privileged container has nothing hidden. */
  private static HostConfig inForce(ContainerDetails container) {
    HostConfig asked = container.hostConfig();
    HostConfig.Builder host = asked.toBuilder();
    if (asked.runtime().isEmpty()) {
      host.runtime = container.drivers().isolation();
    }
    if (!asked.privileged() && asked.maskedPaths() == null) {
      host.maskedPaths = Security.MASKED_PATHS;
    }
    if (!asked.privileged() && asked.readonlyPaths() == null) {
      host.readonlyPaths = Security.READONLY_PATHS;
    }
    return host.build();
  }

  private static void networkSettings(
      JsonOut out, ContainerDetails container, ApiVersion api, boolean hostIpv6) {
    // The sandbox is the container's own: it has no other name.
    boolean wired = container.state().status().alive() && !container.networkNamespace().isEmpty();
    out.text("Bridge", "")
        .text("SandboxID", wired ? container.id().hex() : "")
        .text("SandboxKey", container.networkNamespace());
    PortsJson.inspect(out, container, hostIpv6);
    out.flag("HairpinMode", false)
        .text("LinkLocalIPv6Address", "")
        .number("LinkLocalIPv6PrefixLen", 0)
        .nothing("SecondaryIPAddresses")
        .nothing("SecondaryIPv6Addresses");
    // Deprecated since 1.9 and still read: the default bridge's values once more.
    EndpointDetails bridge = container.networks().get("bridge");
    out.text("EndpointID", bridge == null ? "" : bridge.endpointId())
        .text("Gateway", bridge == null ? "" : bridge.gateway())
        .text("GlobalIPv6Address", bridge == null ? "" : bridge.globalIpv6Address())
        .number("GlobalIPv6PrefixLen", bridge == null ? 0 : bridge.globalIpv6PrefixLength())
        .text("IPAddress", bridge == null ? "" : bridge.ipAddress())
        .number("IPPrefixLen", bridge == null ? 0 : bridge.ipPrefixLength())
        .text("IPv6Gateway", bridge == null ? "" : bridge.ipv6Gateway())
        .text("MacAddress", bridge == null ? "" : bridge.macAddress());
    // Until 1.44 the names that DNSNames has since were shown here.
    List<String> own =
        api.atLeast(45)
            ? List.of()
            : List.of(container.id().shortForm(), container.config().hostname());
    EndpointJson.writeAll(out, container.networks(), own, api);
  }
}
