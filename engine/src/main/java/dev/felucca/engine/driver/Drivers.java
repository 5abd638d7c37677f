package dev.felucca.engine.driver;

import dev.felucca.kernel.Driver;
import dev.felucca.kernel.isolation.IsolationDriver;
import dev.felucca.kernel.log.LogDriver;
import dev.felucca.kernel.network.LinkDriver;
import dev.felucca.kernel.network.NameServer;
import dev.felucca.kernel.network.NetworkDriver;
import dev.felucca.kernel.storage.LayerDiffer;
import dev.felucca.kernel.storage.RootFiles;
import dev.felucca.kernel.storage.Snapshotter;
import dev.felucca.kernel.transport.RegistryTransport;
import dev.felucca.kernel.volume.VolumeDriver;
import java.time.Duration;
import java.util.List;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;

/**
 * Every driver the engine can reach, by kind. The engine is there with none of them; which come and
 * go is nobody's business but a table's. {@code drivers.snapshotters().use("overlay", s ->
 * s.mounts(key))}.
 */
@Component(service = Drivers.class)
public final class Drivers {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final DriverTable<Snapshotter> snapshotters = new DriverTable<>("storage", PATIENCE);
  private final DriverTable<LayerDiffer> differs = new DriverTable<>("storage", PATIENCE);
  private final DriverTable<IsolationDriver> isolation = new DriverTable<>("isolation", PATIENCE);
  private final DriverTable<NetworkDriver> networks = new DriverTable<>("network", PATIENCE);
  private final DriverTable<NameServer> nameServers = new DriverTable<>("name server", PATIENCE);
  private final DriverTable<LinkDriver> links = new DriverTable<>("link", PATIENCE);
  private final DriverTable<LogDriver> logs = new DriverTable<>("log", PATIENCE);
  private final DriverTable<RegistryTransport> transports =
      new DriverTable<>("transport", PATIENCE);
  private final DriverTable<VolumeDriver> volumes = new DriverTable<>("volume", PATIENCE);
  private final DriverTable<RootFiles> rootFiles = new DriverTable<>("file access", PATIENCE);

  public DriverTable<Snapshotter> snapshotters() {
    return snapshotters;
  }

  /** Named as the snapshotter each belongs to. */
  public DriverTable<LayerDiffer> differs() {
    return differs;
  }

  public DriverTable<IsolationDriver> isolation() {
    return isolation;
  }

  public DriverTable<NetworkDriver> networks() {
    return networks;
  }

  public DriverTable<NameServer> nameServers() {
    return nameServers;
  }

  public DriverTable<LinkDriver> links() {
    return links;
  }

  public DriverTable<LogDriver> logs() {
    return logs;
  }

  public DriverTable<RegistryTransport> transports() {
    return transports;
  }

  public DriverTable<VolumeDriver> volumes() {
    return volumes;
  }

  /** How files in a container's root are reached; there is one, {@code linux}. */
  public DriverTable<RootFiles> rootFiles() {
    return rootFiles;
  }

  /** The tables that people are shown; a differ is part of its storage driver. */
  public List<DriverTable<? extends Driver>> tables() {
    return List.of(
        snapshotters, isolation, networks, nameServers, links, volumes, logs, transports);
  }

  @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
  public void bindSnapshotter(Snapshotter driver) {
    snapshotters.bind(driver);
  }

  public void unbindSnapshotter(Snapshotter driver) {
    snapshotters.unbind(driver);
  }

  @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
  public void bindDiffer(LayerDiffer driver) {
    differs.bind(driver);
  }

  public void unbindDiffer(LayerDiffer driver) {
    differs.unbind(driver);
  }

  @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
  public void bindIsolation(IsolationDriver driver) {
    isolation.bind(driver);
  }

  public void unbindIsolation(IsolationDriver driver) {
    isolation.unbind(driver);
  }

  @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
  public void bindNetwork(NetworkDriver driver) {
    networks.bind(driver);
  }

  public void unbindNetwork(NetworkDriver driver) {
    networks.unbind(driver);
  }

  @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
  public void bindNameServer(NameServer driver) {
    nameServers.bind(driver);
  }

  public void unbindNameServer(NameServer driver) {
    nameServers.unbind(driver);
  }

  @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
  public void bindLink(LinkDriver driver) {
    links.bind(driver);
  }

  public void unbindLink(LinkDriver driver) {
    links.unbind(driver);
  }

  @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
  public void bindLog(LogDriver driver) {
    logs.bind(driver);
  }

  public void unbindLog(LogDriver driver) {
    logs.unbind(driver);
  }

  @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
  public void bindTransport(RegistryTransport driver) {
    transports.bind(driver);
  }

  public void unbindTransport(RegistryTransport driver) {
    transports.unbind(driver);
  }

  @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
  public void bindVolume(VolumeDriver driver) {
    volumes.bind(driver);
  }

  public void unbindVolume(VolumeDriver driver) {
    volumes.unbind(driver);
  }

  @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
  public void bindRootFiles(RootFiles driver) {
    rootFiles.bind(driver);
  }

  public void unbindRootFiles(RootFiles driver) {
    rootFiles.unbind(driver);
  }
}
