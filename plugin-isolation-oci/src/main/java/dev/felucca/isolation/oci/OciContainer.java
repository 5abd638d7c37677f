package dev.felucca.isolation.oci;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.felucca.isolation.keeper.ContainerFiles;
import dev.felucca.isolation.keeper.Kept;
import dev.felucca.isolation.keeper.KeptContainer;
import dev.felucca.isolation.shim.ShimFds;
import dev.felucca.isolation.shim.ShimProcess;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.IdMapping;
import dev.felucca.kernel.isolation.ContainerSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A container whose first process a runtime made and lets go. */
final class OciContainer extends KeptContainer {
  private final OciMachinery machinery;
  private final Kept kept;
  private final ObjectNode process;
  private final @Nullable IdMapping users;
  private final @Nullable ContainerSpec parked;

  /**
   * @param config of the runtime's: what later processes are held by
   * @param parked null when an earlier engine started it
   */
  OciContainer(
      OciMachinery machinery, Kept kept, ObjectNode config, @Nullable ContainerSpec parked) {
    super(machinery.keeper(), kept);
    this.machinery = machinery;
    this.kept = kept;
    this.process = (ObjectNode) config.get("process");
    this.users = BundleConfig.users(config);
    this.parked = parked;
  }

  ObjectNode process() {
    return process;
  }

  /** Its own; null for the host's. */
  @Nullable IdMapping users() {
    return users;
  }

  @Override
  protected boolean hasOwnUsers() {
    return users != null;
  }

  @Override
  protected void letGo() throws IOException {
    ContainerSpec spec = parked;
    if (spec == null) {
      throw new EngineException(
          EngineException.Kind.CONFLICT, "container " + kept.id() + " was started before");
    }
    ShimProcess shim = shim();
    if (spec.init()) {
      ProgramLook.check(machinery.linux(), shim.process().pid(), spec.process());
    }
    kept.status().parameters(pid(shim.process().pid()));
    recordStart();
    if (kept.state().tty()) {
      shim.take(ShimFds.MASTER);
    }
    shim.release();
    machinery.command(kept.files(), spec.process(), starting(), "start", kept.id().hex());
  }

  /** As the shim reads it. */
  static byte[] pid(int pid) {
    return ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(pid).array();
  }

  /**
   * While its files are there: afterwards nobody could tell the runtime what that was. After the
   * shim has gone: runsc waits for a helper of its own, which stays the shim's dead child.
   */
  @Override
  protected void forget() throws IOException {
    machinery.forget(kept.files(), kept.id());
  }

  static Path log(ContainerFiles files) throws IOException {
    return files.plain(files.target().resolveSibling("log"));
  }
}
