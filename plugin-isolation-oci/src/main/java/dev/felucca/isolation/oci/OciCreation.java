package dev.felucca.isolation.oci;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.felucca.isolation.capability.Capabilities;
import dev.felucca.isolation.capability.CapabilityRequest;
import dev.felucca.isolation.host.ProcMounts;
import dev.felucca.isolation.keeper.ContainerFiles;
import dev.felucca.isolation.keeper.Creation;
import dev.felucca.isolation.keeper.Kept;
import dev.felucca.isolation.program.ReaperProgram;
import dev.felucca.isolation.seccomp.RuntimeSeccomp;
import dev.felucca.isolation.seccomp.SeccompFilters;
import dev.felucca.isolation.shim.ShimLaunch;
import dev.felucca.isolation.shim.ShimProcess;
import dev.felucca.isolation.shim.StatusFile;
import dev.felucca.isolation.user.ResolvedUser;
import dev.felucca.kernel.IdMapping;
import dev.felucca.kernel.isolation.ContainerSpec;
import dev.felucca.kernel.isolation.ProcessSpec;
import dev.felucca.kernel.isolation.Security;
import dev.felucca.kernel.isolation.UserNamespace;
import dev.felucca.linux.cgroup.Cgroup;
import dev.felucca.linux.process.ElfProgram;
import dev.felucca.linux.process.WaitStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Has a runtime make one container. */
final class OciCreation extends Creation<OciContainer> {
  static final ObjectMapper MAPPER = new ObjectMapper();

  private final OciMachinery machinery;
  private final Path directory;
  private boolean directoryAsked;
  private @Nullable ObjectNode config;
  private @Nullable ResolvedUser user;

  OciCreation(OciMachinery machinery, ContainerFiles files, ContainerSpec spec) {
    super(machinery, files, spec);
    this.machinery = machinery;
    this.directory = files.target().resolveSibling("");
  }

  @Override
  protected ShimProcess launch(Cgroup cgroup, StatusFile status) throws IOException {
    for (var mount : spec.mounts()) {
      ProcMounts.check(mount);
    }
    config = configure(cgroup.path());
    try (HeldSources held = HeldSources.open(machinery.linux(), spec, files)) {
      return new ShimLaunch(
              machinery.linux(),
              machinery.keeper().launcher(),
              RuntimeShim.of(machinery.linux().arch(), plan(held)),
              spec.openStdin(),
              true,
              status.fd(),
              held.descriptors())
          .startMade(
              machinery.runtime().path().getFileName() + " create",
              machinery.runtime().patience(),
              cancellation,
              this::pid);
    }
  }

  @Override
  protected OciContainer container(Kept kept) {
    return new OciContainer(machinery, kept, Objects.requireNonNull(config), spec);
  }

  @Override
  protected void forget() throws IOException {
    machinery.forget(files, spec.id());
  }

  /** What is to be run, in words, for people too. */
  ObjectNode config(String cgroup, ResolvedUser user) throws IOException {
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
    Integer score = security.oomScoreAdj();
    if (score != null) {
      process.put("oomScoreAdj", machinery.oomScore(score));
    }
    return new BundleConfig(spec, HeldSources.root(spec, files), machinery.mountSetattr())
        .json(process, cgroup, seccomp(security, granted));
  }

  private ObjectNode configure(String cgroup) throws IOException {
    ResolvedUser found;
    try (RootLook root = new RootLook(machinery.linux(), spec)) {
      found = root.user(spec.process());
      user = found;
      directoryAsked = root.isDirectory(spec.process().argv().get(0));
      root.prepare(spec.process().workingDir(), found);
    }
    if (spec.init()) {
      init(found);
    }
    ObjectNode made = config(cgroup, found);
    files.writeTwice("config.json", MAPPER.writeValueAsBytes(made));
    return made;
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
  private void init(ResolvedUser user) throws IOException {
    ReaperProgram reaper =
        ReaperProgram.alone(machinery.linux().arch(), withHome(spec.process(), user));
    files.write("init", ElfProgram.of(reaper.program()));
    Files.setPosixFilePermissions(
        HeldSources.init(files.target()), PosixFilePermissions.fromString("r-xr-xr-x"));
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

  private @Nullable IdMapping users() {
    UserNamespace own = spec.namespaces().user();
    return own == null ? null : own.mapping();
  }

  private RuntimeShim.Plan plan(HeldSources held) throws IOException {
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
        RuntimeShim.Streams.of(
            spec.process(), spec.openStdin(), Objects.requireNonNull(user), users()),
        HeldSources.apart(spec) ? List.of() : spec.root(),
        HeldSources.root(spec, files),
        HeldSources.covered(spec),
        directory,
        held.places(),
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
}
