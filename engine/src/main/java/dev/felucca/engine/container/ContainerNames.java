package dev.felucca.engine.container;

import dev.felucca.engine.network.EndpointInUse;
import dev.felucca.engine.network.ResolvConf;
import dev.felucca.kernel.ListSetting;
import dev.felucca.kernel.container.ContainerDetails;
import dev.felucca.kernel.container.EndpointConfig;
import dev.felucca.kernel.container.EndpointDetails;
import dev.felucca.kernel.container.HostConfig;
import dev.felucca.kernel.network.NameClient;
import dev.felucca.kernel.network.NameServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Who answers a container's questions for names, and what its resolv.conf(5) says of it. */
final class ContainerNames {
  private static final Logger LOG = LoggerFactory.getLogger(ContainerNames.class);
  static final Path HOST_FILE = Path.of("/etc/resolv.conf");
  private static final String DEFAULT_NETWORK = "bridge";

  private final Core core;

  ContainerNames(Core core) {
    this.core = core;
  }

  /**
   * Whether the engine's name server answers: in every network with addresses, but on the default
   * one not where that is switched off, and not for a container that names its servers: there it
   * asks those, as with Docker.
   */
  private boolean embedded(HostConfig host, List<EndpointInUse> places) {
    return places.stream()
        .filter(place -> !place.spec().addresses().isEmpty())
        .anyMatch(
            place ->
                !place.networkName().equals(DEFAULT_NETWORK)
                    || core.settings.now().namesOnDefaultNetwork() && host.dns().isEmpty());
  }

  private ResolvConf conf(HostConfig host, String hostFile) {
    List<String> dns =
        host.dns().isEmpty() ? ListSetting.of(core.settings.now().dns()) : host.dns();
    return ResolvConf.of(hostFile, dns, host.dnsSearch(), host.dnsOptions());
  }

  static String hostFile() throws IOException {
    try {
      return Files.readString(HOST_FILE, StandardCharsets.ISO_8859_1);
    } catch (NoSuchFileException e) {
      return "";
    }
  }

  /** The content of its resolv.conf. */
  String file(ContainerDetails details, List<EndpointInUse> places, boolean ownNetwork)
      throws IOException {
    return file(details, places, ownNetwork, hostFile());
  }

  private String file(
      ContainerDetails details, List<EndpointInUse> places, boolean ownNetwork, String hostFile) {
    ResolvConf conf = conf(details.hostConfig(), hostFile);
    if (embedded(details.hostConfig(), places)) {
      return conf.embedded(conf.upstreams(leads(places)));
    }
    return ownNetwork ? conf.fromOutside() : conf.asIs();
  }

  private static boolean leads(List<EndpointInUse> places) {
    return places.stream().anyMatch(place -> !place.ways().isEmpty());
  }

  /** Has its questions answered, before its program runs. */
  void serve(ContainerDetails details, List<EndpointInUse> places, String namespace)
      throws IOException {
    if (embedded(details.hostConfig(), places)) {
      core.naming.serve(client(details, places), namespace);
    }
  }

  /** One that runs from before this engine: what its file says is what it was told. */
  void restore(Container container, RunRecord run) {
    ContainerDetails details = container.details();
    try {
      if (!run.networkNamespace().isEmpty()
          && !run.endpoints().isEmpty()
          && wasServed(details, run)) {
        core.naming.restore(client(details, run.endpoints()), run.networkNamespace());
      }
    } catch (IOException e) {
      LOG.warn("names in container {}: {}", container.name(), e.getMessage());
    }
  }

  private boolean wasServed(ContainerDetails details, RunRecord run) {
    Path file = Path.of(details.resolvConfPath());
    try {
      return Files.readString(file, StandardCharsets.ISO_8859_1)
          .contains("nameserver " + NameServer.ADDRESS + "\n");
    } catch (IOException e) {
      LOG.error("{} cannot be read, names are served as at a start: {}", file, e.getMessage());
      return embedded(details.hostConfig(), run.endpoints());
    }
  }

  /**
   * Its places have changed while it runs: it sees the names of its networks, and has the file of a
   * container that was started there.
   */
  void changed(ContainerDetails details, List<EndpointInUse> places, String namespace)
      throws IOException {
    if (core.naming.isServed(details.id())) {
      core.naming.describe(client(details, places));
    } else if (embedded(details.hostConfig(), places)) {
      serve(details, places, namespace);
      RunFiles.write(details.resolvConfPath(), file(details, places, true));
    }
  }

  /**
   * The host asks others than before: so does the container, and its file says so unless somebody
   * has written into it.
   *
   * @param before the host's file until now
   */
  void hostChanged(ContainerDetails details, RunRecord run, String before) throws IOException {
    if (core.naming.isServed(details.id())) {
      core.naming.describe(client(details, run.endpoints()));
    }
    boolean own = !run.networkNamespace().isEmpty();
    String written = file(details, run.endpoints(), own, before);
    Path file = Path.of(details.resolvConfPath());
    if (Files.exists(file) && Files.readString(file, StandardCharsets.ISO_8859_1).equals(written)) {
      RunFiles.write(details.resolvConfPath(), file(details, run.endpoints(), own));
    }
  }

  private NameClient client(ContainerDetails details, List<EndpointInUse> places)
      throws IOException {
    ResolvConf conf = conf(details.hostConfig(), hostFile());
    return new NameClient(
        details.id(),
        places.stream()
            .filter(place -> !place.spec().addresses().isEmpty())
            .filter(
                place ->
                    !place.networkName().equals(DEFAULT_NETWORK)
                        || core.settings.now().namesOnDefaultNetwork())
            .map(place -> place.spec().networkId())
            .toList(),
        aliases(details),
        conf.upstreams(leads(places)),
        conf.singleLabelsStay());
  }

  /** {@code --link} in a network that has names: a name for this container alone. */
  private Map<String, String> aliases(ContainerDetails details) {
    Map<String, String> aliases = new HashMap<>();
    for (Map.Entry<String, EndpointDetails> network : details.networks().entrySet()) {
      EndpointConfig asked = network.getValue().config();
      if (network.getKey().equals(DEFAULT_NETWORK)) {
        continue;
      }
      for (String link : asked.links()) {
        int colon = link.indexOf(':');
        String target = colon < 0 ? link : link.substring(0, colon);
        aliases.put(colon < 0 ? link : link.substring(colon + 1), name(target));
      }
    }
    return aliases;
  }

  private String name(String ref) {
    Container found = core.index.find(ref);
    return found == null ? ref : found.name();
  }
}
