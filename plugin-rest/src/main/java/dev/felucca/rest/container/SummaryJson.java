package dev.felucca.rest.container;

import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.container.ContainerDetails;
import dev.felucca.rest.http.ApiVersion;
import dev.felucca.rest.json.JsonOut;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The API's {@code ContainerSummary}. */
public final class SummaryJson {
  private SummaryJson() {}

  /**
   * @param hostIpv6 whether the host has IPv6, see {@link PortsJson}
   * @param linkNames what containers are called by those that are linked to them
   * @param imageName what to show as the image: its name, or its id where the name is another's now
   */
  static byte[] of(
      List<ContainerDetails> containers,
      ApiVersion api,
      boolean hostIpv6,
      Instant now,
      Function<ContainerDetails, String> imageName,
      Map<ContainerId, List<String>> linkNames) {
    return JsonOut.array(
        containers,
        (out, one) ->
            write(
                out,
                one,
                api,
                hostIpv6,
                now,
                imageName.apply(one),
                linkNames.getOrDefault(one.id(), List.of())));
  }

  public static void write(
      JsonOut out,
      ContainerDetails container,
      ApiVersion api,
      boolean hostIpv6,
      Instant now,
      String imageName,
      List<String> linkNames) {
    out.text("Id", container.id().hex())
        .texts("Names", names(container, linkNames))
        .text("Image", imageName)
        .text("ImageID", container.imageId())
        .text("Command", command(container))
        .number("Created", container.created().getEpochSecond());
    PortsJson.list(out, container, hostIpv6);
    if (container.sizeRw() != null) {
      out.number("SizeRw", container.sizeRw());
    }
    if (container.sizeRootFs() != null) {
      out.number("SizeRootFs", container.sizeRootFs());
    }
    out.map("Labels", container.config().labels())
        .text("State", StateJson.word(container.state()))
        .text("Status", StateJson.sentence(container.state(), now))
        .object(
            "HostConfig",
            host -> {
              host.text("NetworkMode", container.hostConfig().networkMode());
              if (api.atLeast(46)) {
                host.mapUnlessEmpty("Annotations", container.hostConfig().annotations());
              }
            })
        .object(
            "NetworkSettings",
            settings -> EndpointJson.writeAll(settings, container.networks(), List.of(), api));
    MountPointJson.writeAll(out, container);
  }

  private static List<String> names(ContainerDetails container, List<String> linkNames) {
    List<String> names = new ArrayList<>();
    names.add("/" + container.name());
    linkNames.forEach(name -> names.add("/" + name));
    return names;
  }

  /** Words with a space are quoted, without regard to quotes inside: so does Docker. */
  static String command(ContainerDetails container) {
    return container.args().isEmpty()
        ? container.path()
        : container.args().stream()
            .map(word -> word.contains(" ") ? "'" + word + "'" : word)
            .collect(Collectors.joining(" ", container.path() + " ", ""));
  }
}
