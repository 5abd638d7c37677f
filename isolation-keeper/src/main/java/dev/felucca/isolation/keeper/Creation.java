package dev.felucca.isolation.keeper;

import dev.felucca.isolation.host.Devices;
import dev.felucca.isolation.host.Limits;
import dev.felucca.isolation.shim.Cancellation;
import dev.felucca.isolation.shim.ShimProcess;
import dev.felucca.isolation.shim.StatusFile;
import dev.felucca.kernel.isolation.ContainerSpec;
import dev.felucca.linux.cgroup.Cgroup;
import dev.felucca.linux.cgroup.CgroupLimits;
import dev.felucca.linux.cgroup.Cgroups;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/** Makes one container, and takes back what was made when it fails on the way. */
public abstract class Creation<C extends KeptContainer> {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /** Where its control group is: a file until there is a state, which has it, too. */
  static final String CGROUP = "cgroup";

  private interface Undoing {
    void run() throws IOException;
  }

  private final Machinery machinery;
  protected final ContainerFiles files;
  protected final ContainerSpec spec;
  protected final Cancellation cancellation = new Cancellation();

  protected Creation(Machinery machinery, ContainerFiles files, ContainerSpec spec) {
    this.machinery = machinery;
    this.files = files;
    this.spec = spec;
  }

  /** Starts its shim; returns when its first process is there. */
  protected abstract ShimProcess launch(Cgroup cgroup, StatusFile status) throws IOException;

  /** What was launched is this now, parked. */
  protected abstract C container(Kept kept) throws IOException;

  /** It could not be made, and what was made of it has ended. */
  protected void forget() throws IOException {}

  C create() throws IOException {
    files.make();
    Cgroup cgroup = null;
    StatusFile status = null;
    ShimProcess shim = null;
    try {
      // Before the group, so that whoever finds this directory later finds the group too.
      String parent = parent(spec);
      files.write(CGROUP, parent.getBytes(StandardCharsets.UTF_8));
      CgroupLimits limits = Limits.of(spec.resources()).withDevices(Devices.rules(spec.security()));
      cgroup = machinery.cgroups().create(parent, spec.id().hex(), limits);
      status = StatusFile.open(machinery.linux(), files.status());
      shim = launch(cgroup, status);
      KeptState state = KeptState.of(machinery.linux(), spec, shim);
      C container = container(new Kept(spec.id(), files, state, shim, status, cgroup));
      Properties values = container.state();
      values.setProperty(CGROUP, parent);
      files.writeTwice("state", ContainerFiles.bytes(values));
      return container;
    } catch (IOException | RuntimeException e) {
      undo(e, cgroup, status, shim);
      if (cancellation.isCancelled()) {
        throw KeptContainer.killed(spec.id(), e);
      }
      throw e;
    }
  }

  /** Ends what makes it. */
  void cancel() throws IOException {
    cancellation.cancel();
  }

  boolean isCancelled() {
    return cancellation.isCancelled();
  }

  /** Where the container's control group belongs. */
  private static String parent(ContainerSpec spec) {
    String parent = spec.cgroupParent();
    if (parent == null || parent.isEmpty()) {
      return Cgroups.DEFAULT_PARENT;
    }
    return parent.startsWith("/") ? parent : "/" + parent;
  }

  private void undo(
      Exception failure,
      @Nullable Cgroup cgroup,
      @Nullable StatusFile status,
      @Nullable ShimProcess shim) {
    if (status != null) {
      attempt(failure, status::close);
    }
    // The group first: what hung when it made the container may hang again.
    if (cgroup != null) {
      attempt(failure, cgroup::kill);
    }
    if (shim != null) {
      shim.abandon(failure);
    }
    attempt(failure, this::forget);
    if (cgroup != null) {
      attempt(failure, () -> cgroup.remove(PATIENCE));
    }
    attempt(failure, files::delete);
  }

  private static void attempt(Exception failure, Undoing step) {
    try {
      step.run();
    } catch (IOException | RuntimeException e) {
      failure.addSuppressed(e);
    }
  }
}
