package dev.felucca.tck.isolation;

import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.isolation.ConsoleSize;
import dev.felucca.kernel.isolation.ContainerMount;
import dev.felucca.kernel.isolation.ContainerSpec;
import dev.felucca.kernel.isolation.Namespaces;
import dev.felucca.kernel.isolation.ProcessSpec;
import dev.felucca.kernel.isolation.Resources;
import dev.felucca.kernel.isolation.Security;
import dev.felucca.kernel.isolation.UserNamespace;
import dev.felucca.kernel.storage.Mount;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A container as Docker would make it, with what a test says otherwise. */
public final class SpecBuilder {
  private static final List<String> ENV =
      List.of("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");

  private final Path root;
  private final Path scratch;
  private ContainerId id = ContainerId.random();
  private List<String> argv = List.of("true");
  private List<String> env = ENV;
  private String workingDir = "/";
  private String user = "";
  private boolean tty;
  private @Nullable ConsoleSize size;
  private boolean openStdin;
  private boolean readonly;
  private boolean init;
  private List<ContainerMount> mounts = List.of();
  private Security security = Security.defaults();
  private Namespaces namespaces = Namespaces.all();
  private @Nullable UserNamespace users;
  private Resources resources = Resources.NONE;
  private Map<String, String> sysctls = Map.of();

  public SpecBuilder(Path root, Path scratch) {
    this.root = root;
    this.scratch = scratch;
  }

  public SpecBuilder id(ContainerId id) {
    this.id = id;
    return this;
  }

  public SpecBuilder run(String... argv) {
    this.argv = List.of(argv);
    return this;
  }

  /** A line for the shell. */
  public SpecBuilder shell(String line) {
    return run("sh", "-c", line);
  }

  public SpecBuilder env(String... env) {
    this.env = List.of(env);
    return this;
  }

  public SpecBuilder workingDir(String workingDir) {
    this.workingDir = workingDir;
    return this;
  }

  public SpecBuilder user(String user) {
    this.user = user;
    return this;
  }

  public SpecBuilder tty(@Nullable ConsoleSize size) {
    this.tty = true;
    this.size = size;
    return this;
  }

  public SpecBuilder openStdin() {
    this.openStdin = true;
    return this;
  }

  /** A first process that reaps and passes signals on. */
  public SpecBuilder init() {
    this.init = true;
    return this;
  }

  public SpecBuilder readonlyRootfs() {
    this.readonly = true;
    return this;
  }

  public SpecBuilder mounts(ContainerMount... mounts) {
    this.mounts = List.of(mounts);
    return this;
  }

  public SpecBuilder security(Security security) {
    this.security = security;
    return this;
  }

  public SpecBuilder namespaces(Namespaces namespaces) {
    this.namespaces = namespaces;
    return this;
  }

  /** With users of its own, who have the root as root has it. */
  public SpecBuilder users(UserNamespace users) {
    this.users = users;
    return this;
  }

  public SpecBuilder resources(Resources resources) {
    this.resources = resources;
    return this;
  }

  public SpecBuilder sysctls(Map<String, String> sysctls) {
    this.sysctls = sysctls;
    return this;
  }

  public ProcessSpec process() {
    return new ProcessSpec(argv, env, workingDir, user, List.of(), tty, size);
  }

  public ContainerSpec build() {
    return new ContainerSpec(
        id,
        List.of(new Mount("bind", root.toString(), rootOptions(), null)),
        readonly,
        scratch,
        process(),
        "box",
        "",
        mounts,
        users == null ? namespaces : namespaces.with(users),
        security,
        resources,
        sysctls,
        64 << 20,
        init,
        null,
        openStdin,
        Map.of());
  }

  private List<String> rootOptions() {
    return users == null ? List.of("rbind") : List.of("rbind", users.mapping().mountOption());
  }
}
