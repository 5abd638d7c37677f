package dev.felucca.engine.container;

import dev.felucca.engine.network.EndpointInUse;
import dev.felucca.engine.network.NetworkFiles;
import dev.felucca.engine.network.NetworkFiles.ExtraHost;
import dev.felucca.engine.state.Aside;
import dev.felucca.kernel.IdMapping;
import dev.felucca.kernel.container.ContainerDetails;
import dev.felucca.kernel.isolation.ContainerMount;
import dev.felucca.kernel.network.Cidr;
import dev.felucca.kernel.storage.Mount;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** The files that tell a container who and where it is: hosts, hostname and resolv.conf. */
final class RunFiles {
  private static final Path HOST_HOSTS = Path.of("/etc/hosts");

  private final Core core;
  private final ContainerNames names;

  RunFiles(Core core) {
    this.core = core;
    this.names = new ContainerNames(core);
  }

  /**
   * Writes them for a run; they are written over, not replaced, as a running container has them
   * mounted.
   */
  void write(
      Container container, List<EndpointInUse> endpoints, boolean ownNetwork, String hostname)
      throws IOException {
    ContainerDetails details = container.details();
    String hosts = hosts(details, endpoints, ownNetwork, hostname);
    write(details.hostsPath(), hosts);
    write(details.hostnamePath(), hostname + "\n");
    write(details.resolvConfPath(), names.file(details, endpoints, ownNetwork));
    IdMapping users = details.hostConfig().users();
    if (users != null) {
      // Its root may write them, as elsewhere.
      for (String file :
          List.of(details.hostsPath(), details.hostnamePath(), details.resolvConfPath())) {
        VolumeOwner.set(Path.of(file), users);
      }
    }
  }

  /** The container has other addresses than at its start: the names in hosts follow. */
  void addressesChanged(Container container, RunRecord run) throws IOException {
    ContainerDetails details = container.details();
    String hostname = read(Aside.plain(Path.of(details.hostnamePath()))).strip();
    write(
        details.hostsPath(),
        hosts(details, run.endpoints(), !run.networkNamespace().isEmpty(), hostname));
  }

  private String hosts(
      ContainerDetails details, List<EndpointInUse> endpoints, boolean ownNetwork, String hostname)
      throws IOException {
    List<ExtraHost> extra =
        new ArrayList<>(
            ExtraHosts.resolve(details.hostConfig().extraHosts(), core.wiring.hostGateway()));
    extra.addAll(new Links(core).hosts(details, endpoints));
    List<String> addresses =
        endpoints.stream()
            .flatMap(endpoint -> endpoint.spec().addresses().stream())
            .map(address -> Cidr.text(address.address()))
            .toList();
    return ownNetwork
        ? NetworkFiles.hosts(
            Files.exists(Path.of("/proc/net/if_inet6")),
            extra,
            addresses,
            hostname,
            details.config().domainname())
        : NetworkFiles.hosts(read(HOST_HOSTS), extra);
  }

  /** Has them there, empty before the first run. */
  static void ready(ContainerDetails details) throws IOException {
    for (String file :
        List.of(details.hostsPath(), details.hostnamePath(), details.resolvConfPath())) {
      if (!Files.isRegularFile(Path.of(file))) {
        write(file, "");
      }
    }
  }

  /**
   * How they are seen inside, unless something else is mounted there.
   *
   * @param owner whose files they are: another container's where its network is
   */
  static List<ContainerMount> mounts(ContainerDetails details, ContainerDetails owner) {
    Set<String> taken =
        details.mounts().stream().map(mount -> mount.destination()).collect(Collectors.toSet());
    List<ContainerMount> all = new ArrayList<>();
    add(all, taken, owner.resolvConfPath(), "/etc/resolv.conf");
    add(all, taken, owner.hostnamePath(), "/etc/hostname");
    add(all, taken, owner.hostsPath(), "/etc/hosts");
    return all;
  }

  private static void add(
      List<ContainerMount> all, Set<String> taken, String source, String target) {
    if (!taken.contains(target)) {
      all.add(
          new ContainerMount(
              new Mount("bind", source, List.of("rbind", "rprivate"), null), target));
    }
  }

  private static String read(Path file) throws IOException {
    try {
      return Files.readString(file, StandardCharsets.ISO_8859_1);
    } catch (NoSuchFileException e) {
      return ""; // a host may have neither
    }
  }

  static void write(String file, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    // Over what is there, and cut afterwards: who reads meanwhile never finds it empty.
    try (FileChannel out =
        FileChannel.open(
            Aside.plain(Path.of(file)), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      for (ByteBuffer left = ByteBuffer.wrap(bytes); left.hasRemaining(); ) {
        out.write(left);
      }
      out.truncate(bytes.length);
    }
  }
}
