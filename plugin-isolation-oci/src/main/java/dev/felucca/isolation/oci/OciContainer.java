package dev.felucca.isolation.oci;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.felucca.isolation.keeper.ContainerFiles;
import dev.felucca.isolation.keeper.KeptContainer;
import dev.felucca.isolation.shim.ShimFds;
import dev.felucca.isolation.shim.ShimProcess;
import dev.felucca.isolation.shim.StatusFile;
import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.isolation.ProcessSpec;
import dev.felucca.linux.cgroup.Cgroup;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;

/** A container whose first process a runtime made and lets go. */
final class OciContainer extends KeptContainer {
  private final OciMachinery machinery;
  private final ContainerId id;
  private final ContainerFiles files;
  private final OciState state;
  private final ObjectNode process;
  private final StatusFile status;

  /**
   * @param process of its configuration: what later processes are held by
   */
  OciContainer(
      OciMachinery machinery,
      ContainerId id,
      ContainerFiles files,
      OciState state,
      ObjectNode process,
      ShimProcess shim,
      StatusFile status,
      Cgroup cgroup) {
    super(
        machinery.keeper(),
        id,
        files,
        new Streams(state.tty(), state.openStdin(), state.privatePid()),
        shim,
        status,
        cgroup);
    this.machinery = machinery;
    this.id = id;
    this.files = files;
    this.state = state;
    this.process = process;
    this.status = status;
  }

  ContainerFiles files() {
    return files;
  }

  ObjectNode process() {
    return process;
  }

  void start(ProcessSpec first, boolean init) throws IOException {
    start(() -> release(first, init));
  }

  private void release(ProcessSpec first, boolean init) throws IOException {
    ShimProcess shim = shim();
    if (init) {
      ProgramLook.check(machinery.linux(), shim.process().pid(), first);
    }
    status.parameters(pid(shim.process().pid()));
    recordStart();
    if (state.tty()) {
      shim.take(ShimFds.MASTER);
    }
    shim.release();
    machinery.command(files, first, "start", id.hex());
  }

  /** As the shim reads it. */
  static byte[] pid(int pid) {
    return ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(pid).array();
  }

  /** The runtime forgets it first: afterwards nobody could tell it what that was. */
  @Override
  public void delete() throws IOException {
    killAll();
    machinery.forget(files, id);
    super.delete();
  }

  static Path log(ContainerFiles files) {
    return files.target().resolveSibling("log");
  }
}
