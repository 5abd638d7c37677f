package dev.felucca.isolation.oci;

import static dev.felucca.kernel.EngineException.Kind.CONFLICT;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.felucca.isolation.keeper.ContainerFiles;
import dev.felucca.isolation.keeper.Creation;
import dev.felucca.isolation.keeper.Kept;
import dev.felucca.isolation.keeper.KeptDriver;
import dev.felucca.isolation.shim.ShimProcess;
import dev.felucca.isolation.user.ResolvedUser;
import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.isolation.ContainerSpec;
import dev.felucca.kernel.isolation.ExecSpec;
import dev.felucca.kernel.isolation.OutputPositions;
import dev.felucca.kernel.isolation.OutputSink;
import dev.felucca.kernel.isolation.RunningContainer;
import dev.felucca.linux.Syscalls;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;

/**
 * An isolation driver that has an OCI runtime make its containers. The runtime is gone when a
 * container runs; what keeps it then is a shim of our own, as with the driver "linux".
 */
public final class OciIsolation extends KeptDriver<OciMachinery, OciContainer> {
  /** Those whose program the runtime refused: it looks for it when it creates. */
  private final Map<ContainerId, EngineException> refused = new ConcurrentHashMap<>();

  /**
   * Never throws for what the host lacks.
   *
   * @param program the runtime
   * @param run the driver's own, for what a reboot may forget
   */
  public OciIsolation(Syscalls linux, String name, Path program, Path run, Duration patience) {
    super(name, run, directory -> OciMachinery.start(linux, program, directory, patience));
  }

  @Override
  protected void describe(OciMachinery machinery, Map<String, String> facts) {
    facts.put("Runtime", machinery.runtime().path() + " (" + machinery.runtime().version() + ")");
  }

  @Override
  protected Creation<OciContainer> creation(
      OciMachinery machinery, ContainerFiles files, ContainerSpec spec) {
    return new OciCreation(machinery, files, spec);
  }

  @Override
  protected ShimProcess launch(OciMachinery machinery, OciContainer container, ExecSpec spec)
      throws IOException {
    return new OciExec(machinery, container, spec).launch();
  }

  @Override
  protected OciContainer found(OciMachinery machinery, Kept kept, Properties state)
      throws IOException {
    ObjectNode config = kept.files().either("config.json", OciIsolation::config).orElseThrow();
    return new OciContainer(machinery, kept, config, null);
  }

  private static ObjectNode config(byte[] content) throws IOException {
    if (OciCreation.MAPPER.readTree(content) instanceof ObjectNode config
        && config.get("process") instanceof ObjectNode) {
      return config;
    }
    throw new IOException("not a configuration of a runtime");
  }

  @Override
  protected void forget(OciMachinery machinery, ContainerId id, ContainerFiles files)
      throws IOException {
    machinery.forget(files, id);
  }

  @Override
  public RunningContainer create(ContainerSpec spec) throws IOException {
    if (refused.containsKey(spec.id())) {
      throw new EngineException(CONFLICT, "container " + spec.id() + " exists already");
    }
    try {
      return super.create(spec);
    } catch (EngineException e) {
      if (e.kind() != EngineException.Kind.INVALID) {
        throw e;
      }
      refused.put(spec.id(), e);
      return new RunningContainer(0, "/proc/0/ns/net", Instant.now());
    }
  }

  @Override
  public void start(ContainerId id) throws IOException {
    EngineException refusal = refused.get(id);
    if (refusal != null) {
      throw refusal;
    }
    super.start(id);
  }

  @Override
  public void follow(ContainerId id, OutputPositions positions, OutputSink sink)
      throws IOException {
    if (!refused.containsKey(id)) {
      super.follow(id, positions, sink);
    }
  }

  @Override
  public void delete(ContainerId id) throws IOException {
    refused.remove(id);
    super.delete(id);
  }

  @Override
  public List<String> explain(ContainerSpec spec) {
    ContainerFiles files = files(spec.id());
    OciCreation creation = new OciCreation(machinery(), files, spec);
    try {
      List<String> lines = new ArrayList<>();
      spec.root()
          .forEach(
              mount ->
                  lines.add(
                      "mount(%s, %s, %s, %s)"
                          .formatted(
                              mount.source(),
                              HeldSources.root(spec, files),
                              mount.type(),
                              String.join(",", mount.options()))));
      // Who the user is only the root's files say, and it is not mounted for a question.
      ResolvedUser nobody = new ResolvedUser(0, 0, List.of(), "/");
      lines.add(machinery().runtime().path() + " create, with");
      OciCreation.MAPPER
          .writerWithDefaultPrettyPrinter()
          .writeValueAsString(creation.config("/felucca/" + spec.id().hex(), nobody))
          .lines()
          .forEach(lines::add);
      return lines;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
