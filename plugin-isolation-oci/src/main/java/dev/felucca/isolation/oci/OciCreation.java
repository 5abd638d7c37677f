package dev.felucca.isolation.oci;

import static dev.felucca.kernel.EngineException.Kind.NOT_IMPLEMENTED;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.felucca.isolation.capability.Capabilities;
import dev.felucca.isolation.capability.CapabilityRequest;
import dev.felucca.isolation.host.Devices;
import dev.felucca.isolation.host.Limits;
import dev.felucca.isolation.host.ProcMounts;
import dev.felucca.isolation.keeper.ContainerFiles;
import dev.felucca.isolation.program.ReaperProgram;
import dev.felucca.isolation.seccomp.RuntimeSeccomp;
import dev.felucca.isolation.seccomp.SeccompFilters;
import dev.felucca.isolation.shim.ShimProcess;
import dev.felucca.isolation.shim.StatusFile;
import dev.felucca.isolation.user.ResolvedUser;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.isolation.ContainerSpec;
import dev.felucca.kernel.isolation.Namespaces.Kind;
import dev.felucca.kernel.isolation.ProcessSpec;
import dev.felucca.kernel.isolation.Security;
import dev.felucca.kernel.storage.Mount;
import dev.felucca.linux.cgroup.Cgroup;
import dev.felucca.linux.cgroup.CgroupLimits;
import dev.felucca.linux.cgroup.Cgroups;
import dev.felucca.linux.process.ElfProgram;
import dev.felucca.linux.process.PidFd;
import dev.felucca.linux.process.ProcessIdentity;
import dev.felucca.linux.process.WaitStatus;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Has a runtime make one container, and takes back what was made when it fails on the way. */
final class OciCreation {
  static final ObjectMapper MAPPER = new ObjectMapper();
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final OciMachinery machinery;
  private final ContainerFiles files;
  private final ContainerSpec spec;
  private final Path directory;
  private boolean directoryAsked;

  OciCreation(OciMachinery machinery, ContainerFiles files, ContainerSpec spec) {
    this.machinery = machinery;
    this.files = files;
    this.spec = spec;
    this.directory = files.target().resolveSibling("");
  }

  OciContainer create() throws IOException {
    files.make();
    Cgroup cgroup = null;
    StatusFile status = null;
    try {
      for (var mount : spec.mounts()) {
        ProcMounts.check(mount);
        refuseOwners(mount.mount());
      }
      spec.root().forEach(OciCreation::refuseOwners);
      // Before the group, so that whoever finds this directory later finds the group too.
      String parent = parent(spec);
      files.write("cgroup", parent.getBytes(StandardCharsets.UTF_8));
      CgroupLimits limits = Limits.of(spec.resources()).withDevices(Devices.rules(spec.security()));
      cgroup = machinery.cgroups().create(parent, spec.id().hex(), limits);
      ObjectNode process = configure(cgroup.path());
      status = StatusFile.open(machinery.linux(), files.status());
      ShimProcess shim =
          ShimProcess.launchMade(
              machinery.linux(),
              machinery.keeper().launcher(),
              RuntimeShim.of(machinery.linux().arch(), plan()),
              spec.openStdin(),
              true,
              status.fd(),
              machinery.runtime().path().getFileName() + " create",
              machinery.runtime().patience(),
              this::pid);
      OciState state = state(shim);
      OciContainer container =
          new OciContainer(machinery, spec.id(), files, state, process, shim, status, cgroup);
      try {
        files.write("state", state.toProperties());
      } catch (IOException e) {
        undo(e, container);
        throw e;
      }
      return container;
    } catch (IOException | RuntimeException e) {
      undo(e, cgroup, status);
      throw e;
    }
  }

  private static void refuseOwners(Mount mount) {
    if (mount.options().stream().anyMatch(option -> option.startsWith("idmap="))) {
      throw new EngineException(
          NOT_IMPLEMENTED,
          "the isolation driver \"oci\" gives containers no users of their own (--userns) and mounts nothing with other owners (idmap)");
    }
  }

  private interface Undoing {
    void run() throws IOException;
  }

  /** Where the container's control group belongs. */
  private static String parent(ContainerSpec spec) {
    String parent = spec.cgroupParent();
    if (parent == null || parent.isEmpty()) {
      return Cgroups.DEFAULT_PARENT;
    }
    return parent.startsWith("/") ? parent : "/" + parent;
  }

  /** What is to be run, in words, for people too. */
  ObjectNode config(String cgroup, ResolvedUser user, @Nullable Path init) throws IOException {
    Security security = spec.security();
    Capabilities granted =
        new CapabilityRequest(security.capAdd(), security.capDrop(), security.privileged())
            .resolve(machinery.capabilities());
    ObjectNode process =
        ProcessJson.first(
            spec.process(),
            spec.init(),
            user,
            security,
            granted,
            machinery.rlimits().plan(security.rlimits()));
    return new BundleConfig(spec, files.target())
        .json(process, cgroup, init, seccomp(security, granted));
  }

  private ObjectNode configure(String cgroup) throws IOException {
    ResolvedUser user;
    try (RootLook root = new RootLook(machinery.linux(), spec.root())) {
      user = root.user(spec.process());
      directoryAsked = root.isDirectory(spec.process().argv().get(0));
      root.workingDirectory(spec.process().workingDir(), user);
    }
    if (spec.namespaces().ipc().kind() == Kind.JOIN) {
      Files.createDirectory(BundleConfig.sharedMemory(files.target()));
    }
    Path init = spec.init() ? init(user) : null;
    ObjectNode config = config(cgroup, user, init);
    files.write("config.json", MAPPER.writeValueAsBytes(config));
    return (ObjectNode) config.get("process");
  }

  private @Nullable ObjectNode seccomp(Security security, Capabilities granted) {
    String profile = security.seccomp();
    if ("unconfined".equals(profile) || (profile == null && security.privileged())) {
      return null;
    }
    return RuntimeSeccomp.of(
        profile == null ? SeccompFilters.defaultProfile() : profile,
        machinery.seccomp().with(granted));
  }

  /** Our own init as a file, since the runtime executes what it finds in the container. */
  private Path init(ResolvedUser user) throws IOException {
    ReaperProgram reaper =
        ReaperProgram.alone(machinery.linux().arch(), withHome(spec.process(), user));
    files.write("init", ElfProgram.of(reaper.program()));
    Path file = directory.resolve("init");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r-xr-xr-x"));
    return file;
  }

  private static ProcessSpec withHome(ProcessSpec process, ResolvedUser user) {
    List<String> env = new ArrayList<>(process.env());
    if (env.stream().noneMatch(entry -> entry.startsWith("HOME="))) {
      env.add("HOME=" + user.home());
    }
    return new ProcessSpec(
        process.argv(),
        env,
        process.workingDir(),
        process.user(),
        process.extraGroups(),
        process.tty(),
        process.consoleSize());
  }

  private RuntimeShim.Plan plan() {
    String log = OciContainer.log(files).toString();
    OciRuntime runtime = machinery.runtime();
    List<String> create =
        runtime.words(
            Path.of(log),
            "create",
            "--bundle",
            directory.toString(),
            "--pid-file",
            directory.resolve("pid").toString());
    if (spec.process().tty()) {
      create.addAll(List.of("--console-socket", RuntimeShim.SOCKET));
    }
    create.add(spec.id().hex());
    return new RuntimeShim.Plan(
        create,
        runtime.words(Path.of(log), "delete", "--force", spec.id().hex()),
        runtime.hidden(),
        spec.root(),
        files.target(),
        directory,
        spec.namespaces().ipc().kind() == Kind.JOIN ? spec.namespaces().ipc().path() : null,
        spec.process().tty(),
        true);
  }

  private int pid(WaitStatus runtime) throws IOException {
    if (runtime.exitCode() != 0) {
      String said = RuntimeWords.last(OciContainer.log(files), "");
      if (directoryAsked && said.contains("permission denied")) {
        // runc before 1.2 does not tell these two apart, and Docker does.
        said = said.replace("permission denied", "is a directory");
      }
      machinery.fail(
          "create", spec.process(), said.isEmpty() ? "exit code " + runtime.exitCode() : said);
    }
    return Integer.parseInt(Files.readString(directory.resolve("pid")).strip());
  }

  private OciState state(ShimProcess shim) throws IOException {
    return new OciState(
        identity(shim.shim()),
        identity(shim.process()),
        spec.process().tty(),
        spec.openStdin(),
        spec.namespaces().pid().kind() == Kind.PRIVATE);
  }

  private ProcessIdentity identity(PidFd process) throws IOException {
    return ProcessIdentity.of(machinery.linux(), process.pid())
        .orElse(new ProcessIdentity(process.pid(), 0));
  }

  private static void undo(Exception failure, OciContainer container) {
    attempt(failure, container::delete);
  }

  private void undo(Exception failure, @Nullable Cgroup cgroup, @Nullable StatusFile status) {
    if (status != null) {
      attempt(failure, status::close);
    }
    // The group first: a runtime that hung when it made the container may hang again.
    if (cgroup != null) {
      attempt(failure, cgroup::kill);
    }
    attempt(failure, () -> machinery.forget(files, spec.id()));
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
