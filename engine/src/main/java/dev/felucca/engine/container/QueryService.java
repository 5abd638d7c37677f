package dev.felucca.engine.container;

import static dev.felucca.kernel.EngineException.Kind.CONFLICT;

import dev.felucca.engine.network.EndpointInUse;
import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.ContainerDetails;
import dev.felucca.kernel.container.ContainerQueries;
import dev.felucca.kernel.container.ContainerState;
import dev.felucca.kernel.isolation.ContainerStats;
import dev.felucca.kernel.isolation.Namespaces.Source;
import dev.felucca.kernel.isolation.ProcessInfo;
import dev.felucca.kernel.storage.Mount;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Answers from memory; only what names a driver in its contract asks one. */
@Component
public final class QueryService implements ContainerQueries {
  private final Core core;
  private final Specs specs;
  private final ContainerFilters filters;

  @Activate
  public QueryService(@Reference Core core, @Reference Adoption adopted) {
    this.core = core;
    this.specs = new Specs(core);
    this.filters = new ContainerFilters(core);
  }

  @Override
  public List<ContainerDetails> list(
      boolean all, int limit, boolean size, Map<String, List<String>> asked) {
    filters.check(asked);
    boolean everything =
        all || limit > 0 || asked.containsKey("status") || asked.containsKey("exited");
    return core.index.all().stream()
        .map(Container::details)
        .filter(details -> everything || details.state().status().alive() || isRestarting(details))
        .filter(details -> filters.match(details, asked))
        .sorted(Comparator.comparing(ContainerDetails::created).reversed())
        .limit(limit > 0 ? limit : Long.MAX_VALUE)
        .map(details -> size ? sized(details) : details)
        .toList();
  }

  private static boolean isRestarting(ContainerDetails details) {
    return details.state().status() == ContainerState.Status.RESTARTING;
  }

  @Override
  public Map<ContainerId, List<String>> linkNames() {
    return core.index.linkNames();
  }

  @Override
  public ContainerDetails inspect(String ref, boolean size) {
    Container container = core.index.resolve(ref);
    ContainerDetails details = container.details();
    if (!details.hostConfig().links().isEmpty()) {
      details = Sizes.withLinks(details, new Links(core).shown(container));
    }
    if (AppArmor.enabledOnHost()) {
      details = Sizes.withAppArmor(details, AppArmor.HOST.shown(details.hostConfig()));
    }
    return size ? sized(details) : details;
  }

  /** With its sizes, where its storage driver is there to ask. */
  private ContainerDetails sized(ContainerDetails details) {
    try {
      long own =
          core.drivers
              .snapshotters()
              .use(
                  details.drivers().storage(),
                  storage -> storage.usage(ContainerRecord.snapshotKey(details.id())))
              .bytes();
      return Sizes.with(details, own, own + imageSize(details));
    } catch (IOException | EngineException e) {
      return details;
    }
  }

  private long imageSize(ContainerDetails details) {
    try {
      return core.images.inspect(details.imageId()).size();
    } catch (EngineException e) {
      return 0; // removed by force
    }
  }

  @Override
  public List<ProcessInfo> processes(String ref) throws IOException {
    Container container = core.index.resolve(ref);
    Lifecycle.alive(container);
    List<ProcessInfo> processes =
        core.drivers
            .isolation()
            .use(
                container.record().drivers().isolation(), driver -> driver.processes(container.id));
    core.publish(container, "top");
    return processes;
  }

  @Override
  public ContainerStats stats(String ref) throws IOException {
    Container container = core.index.resolve(ref);
    if (container.run() == null) {
      throw new EngineException(CONFLICT, "container " + container.id.hex() + " is not running");
    }
    return core.drivers
        .isolation()
        .use(container.record().drivers().isolation(), driver -> driver.stats(container.id))
        .withMemoryOf(HostMemory.bytes());
  }

  @Override
  public Map<String, List<String>> explain(String ref) throws IOException {
    Container container = core.index.resolve(ref);
    ContainerRecord record = container.record();
    List<Mount> root =
        core.drivers
            .snapshotters()
            .use(record.drivers().storage(), storage -> storage.mounts(record.snapshotKey()));
    NetworkMode mode = NetworkMode.parse(record.hostConfig().networkMode());
    Source network = source(mode);
    Map<String, List<String>> sections = new LinkedHashMap<>();
    sections.put(
        "storage",
        root.stream()
            .map(
                mount ->
                    mount.type() + " " + mount.source() + " " + String.join(",", mount.options()))
            .toList());
    String hostname =
        record.config().hostname().isEmpty() ? record.id().shortForm() : record.config().hostname();
    RunRecord run = container.run();
    List<String> linked = run == null ? List.of() : new Links(core).environmentNow(container, run);
    List<String> calls =
        core.drivers
            .isolation()
            .use(
                record.drivers().isolation(),
                driver ->
                    driver.explain(
                        specs.spec(
                            container,
                            root,
                            core.store.scratch(container.id),
                            network,
                            hostname,
                            linked)));
    sections.put("mounts", calls.stream().filter(QueryService::isMount).toList());
    sections.put("syscalls", calls);
    sections.put("network", network(container, mode, network));
    return sections;
  }

  private static boolean isMount(String call) {
    return call.contains("mount(") || call.contains("pivot_root(");
  }

  private Source source(NetworkMode mode) throws IOException {
    if (mode.kind() == NetworkMode.Kind.CONTAINER) {
      return Specs.networkOf(core.index.resolve(mode.ref()));
    }
    return core.wiring.isolated(core.wiring.network(mode.ref())) ? Source.PRIVATE : Source.HOST;
  }

  /** What wires it now, or would if it were started now. */
  private List<String> network(Container container, NetworkMode mode, Source network)
      throws IOException {
    if (mode.kind() == NetworkMode.Kind.CONTAINER || network.equals(Source.HOST)) {
      return List.of();
    }
    RunRecord run = container.run();
    List<String> lines = new ArrayList<>();
    if (run != null) {
      for (EndpointInUse endpoint : run.endpoints()) {
        lines.addAll(core.wiring.explain(endpoint));
      }
      return lines;
    }
    Undo undo = new Undo();
    try {
      for (EndpointInUse tried :
          new Places(core).reserveAll(container.details(), mode.ref(), undo)) {
        lines.addAll(core.wiring.explain(tried));
      }
      return lines;
    } finally {
      undo.runAll();
    }
  }
}
