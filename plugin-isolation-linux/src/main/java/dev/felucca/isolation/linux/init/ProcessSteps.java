package dev.felucca.isolation.linux.init;

import static dev.felucca.linux.Arg.NULL;
import static dev.felucca.linux.Arg.mode;
import static dev.felucca.linux.Arg.n;
import static dev.felucca.linux.Arg.named;

import dev.felucca.isolation.host.Rlimit;
import dev.felucca.isolation.program.Attempts;
import dev.felucca.isolation.program.ReaperProgram;
import dev.felucca.isolation.shim.ShimFds;
import dev.felucca.isolation.shim.StatusRecord;
import dev.felucca.kernel.IdMapping;
import dev.felucca.kernel.isolation.ProcessSpec;
import dev.felucca.linux.Arg;
import dev.felucca.linux.Label;
import dev.felucca.linux.OpenFlag;
import dev.felucca.linux.Program;
import dev.felucca.linux.ProgramBuilder;
import dev.felucca.linux.Step;
import dev.felucca.linux.Sysno;
import dev.felucca.linux.process.ElfProgram;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What the first process of a container and a later one do alike, on their way to execve(2). */
final class ProcessSteps {
  static final Arg CWD = named(-100, "AT_FDCWD");

  /** What a security module makes of the next execve(2): proc_pid_attr(5). */
  static final String LABEL = "/proc/self/attr/exec";

  private static final Arg PR_SET_PDEATHSIG = named(1, "PR_SET_PDEATHSIG");
  private static final Arg PR_CAPBSET_DROP = named(24, "PR_CAPBSET_DROP");
  private static final Arg PR_SET_NO_NEW_PRIVS = named(38, "PR_SET_NO_NEW_PRIVS");
  private static final Arg PR_CAP_AMBIENT = named(47, "PR_CAP_AMBIENT");
  private static final Arg CLEAR_ALL = named(4, "CLEAR_ALL");
  private static final int CAPABILITY_VERSION_3 = 0x20080522;
  private static final int FD_CLOEXEC = 1;
  private static final int CLOSE_RANGE_CLOEXEC = 4;

  private final ProgramBuilder builder;
  private final ProcessPlan plan;
  private final ProcessSpec process;
  private final Parameters parameters = new Parameters();
  private final @Nullable ReaperProgram reaper;
  private @Nullable Step chdir;
  private @Nullable Attempts attempts;

  ProcessSteps(ProgramBuilder builder, ProcessPlan plan) {
    this(builder, plan, false);
  }

  /** {@code reaped}: see {@link ReaperProgram}. */
  ProcessSteps(ProgramBuilder builder, ProcessPlan plan, boolean reaped) {
    this.builder = builder;
    this.plan = plan;
    this.process = plan.process();
    this.reaper = reaped ? ReaperProgram.of(builder.arch(), process) : null;
  }

  /** While the host's cgroup files can still be seen. */
  void joinCgroups() {
    for (String procs : plan.cgroups()) {
      writeFile(procs, "0");
    }
  }

  /** The same by descriptors, once none of the host's files can be opened any more. */
  void joinCgroups(Iterable<Integer> procs) {
    for (int file : procs) {
      builder.step(Sysno.WRITE, n(file), builder.text("0"), n(1));
    }
  }

  /**
   * Who has entered a user namespace is nobody there until it takes an id of it. That forgets the
   * signal for the parent's end.
   */
  static void becomeRoot(ProgramBuilder builder) {
    builder.step(Sysno.SETGROUPS, n(0), NULL);
    builder.step(Sysno.SETRESGID, n(0), n(0), n(0));
    builder.step(Sysno.SETRESUID, n(0), n(0), n(0));
    builder.step(Sysno.PRCTL, PR_SET_PDEATHSIG, named(9, "SIGKILL"));
  }

  /**
   * Before the process is there: its pipes become its root's, so that it may give them on to whom
   * it runs as, see {@link #ownStreams}.
   */
  void giveStreams(IdMapping users) {
    for (int fd = process.tty() ? 3 : plan.openStdin() ? 0 : 1; fd < 3; fd++) {
      builder.step(Sysno.FCHOWN, n(fd), n(users.rootUid()), n(users.rootGid()));
    }
  }

  void limits() {
    for (Rlimit limit : plan.rlimits()) {
      Arg.Address values = builder.space(16, "{" + limit.soft() + ", " + limit.hard() + "}");
      builder.putLong(values, limit.soft());
      builder.putLong(values.plus(8), limit.hard());
      builder.step(Sysno.PRLIMIT64, n(0), n(limit.resource()), values, NULL);
    }
    Integer score = plan.oomScoreAdj();
    if (score != null) {
      // Lowering it needs CAP_SYS_RESOURCE, which an engine may lack; it is a hint and no boundary.
      open("/proc/self/oom_score_adj", score.toString()).forEach(Step::ignoringErrors);
    }
  }

  /** Says that everything is built, and waits to be let go; gives up at the end of the file. */
  void park(Arg.Address started) {
    Label abandoned = new Label("abandoned");
    Label go = new Label("go");
    builder.step(Sysno.WRITE, n(ShimFds.REPORT), builder.text("R"), n(1));
    builder
        .step(
            Sysno.READ,
            n(ShimFds.START),
            builder.space(StatusRecord.SIZE, "message"),
            n(StatusRecord.SIZE))
        .storeInto(started)
        .onZero(abandoned);
    builder.step(Sysno.SCHED_YIELD).onZero(go);
    builder.mark(abandoned);
    builder.step(Sysno.EXIT_GROUP, n(0));
    builder.mark(go);
  }

  /** From what {@link #park} was given to the program itself: the identity, then no way back. */
  void execute(boolean makeWorkingDirectory) {
    Step read = parameters.read(builder);
    if (makeWorkingDirectory) {
      workingDirectory();
    }
    String directory = process.workingDir().isEmpty() ? "/" : process.workingDir();
    chdir = builder.step(Sysno.CHDIR, builder.text(directory));
    ownStreams();
    builder.step(Sysno.UMASK, mode(022)).ignoringErrors();
    if (!plan.label().isEmpty()) {
      writeFile(LABEL, plan.label());
    }
    // With new privileges allowed, only CAP_SYS_ADMIN may install a filter: so before it is lost.
    if (!plan.noNewPrivileges()) {
      // The filter may forbid prctl, and the change of identity clears this anyway.
      builder.step(Sysno.PRCTL, PR_SET_PDEATHSIG, n(0));
      seccomp();
    }
    identity();
    if (reaper == null) {
      builder.step(
          Sysno.RT_SIGPROCMASK, named(2, "SIG_SETMASK"), builder.space(8, "{}"), NULL, n(8));
    }
    closeOnExec();
    if (plan.noNewPrivileges()) {
      builder.step(Sysno.PRCTL, PR_SET_PDEATHSIG, n(0));
      builder.step(Sysno.PRCTL, PR_SET_NO_NEW_PRIVS, n(1));
      seccomp();
    }
    exec();
    parameters.fill(builder, read);
  }

  private void identity() {
    for (int capability = 0; capability <= plan.lastCapability(); capability++) {
      if ((plan.capabilities() >>> capability & 1) == 0) {
        builder.step(Sysno.PRCTL, PR_CAPBSET_DROP, n(capability));
      }
    }
    Step groups = builder.step(Sysno.SETGROUPS, NULL, parameters.groups(builder));
    parameters.groupCount(groups, 0);
    Step setresgid = builder.step(Sysno.SETRESGID, NULL, NULL, NULL);
    Step setresuid = builder.step(Sysno.SETRESUID, NULL, NULL, NULL);
    for (int i = 0; i < 3; i++) {
      parameters.gid(setresgid, i);
      parameters.uid(setresuid, i);
    }
    builder.step(Sysno.PRCTL, PR_CAP_AMBIENT, CLEAR_ALL).ignoringErrors();
    Arg.Address header = builder.space(8, "{v3, self}");
    builder.putInt(header, CAPABILITY_VERSION_3);
    builder.step(Sysno.CAPSET, header, parameters.capabilities(builder));
  }

  /** As Docker does: {@code /dev/stdout} can be opened by whoever the process runs as. */
  private void ownStreams() {
    for (int fd = 0; fd < 3; fd++) {
      if (fd > 0 || process.tty() || plan.openStdin()) {
        Step chown = builder.step(Sysno.FCHOWN, n(fd), NULL, n(-1)).ignoringErrors();
        parameters.uid(chown, 1);
      }
    }
  }

  private void workingDirectory() {
    StringBuilder path = new StringBuilder();
    for (String name : process.workingDir().split("/", -1)) {
      if (name.isEmpty()) {
        continue;
      }
      Arg.Address directory = builder.text(path.append('/').append(name).toString());
      Label there = new Label("there " + path);
      builder.step(Sysno.MKDIRAT, CWD, directory, mode(0755)).onError(there);
      Step chown = builder.step(Sysno.FCHOWNAT, CWD, directory, NULL, NULL, n(0));
      parameters.uid(chown, 2);
      parameters.gid(chown, 3);
      builder.mark(there);
    }
  }

  /** Not closed: the report's end must say that the exec succeeded, and only then. */
  private void closeOnExec() {
    if (plan.closeRangeCloexec()) {
      builder.step(
          Sysno.CLOSE_RANGE, n(3), named(0xffffffffL, "~0"), named(CLOSE_RANGE_CLOEXEC, "CLOEXEC"));
      return;
    }
    for (int fd = 3; fd < ShimFds.COUNT; fd++) {
      builder.step(Sysno.FCNTL, n(fd), named(2, "F_SETFD"), n(FD_CLOEXEC)).ignoringErrors();
    }
  }

  private void seccomp() {
    byte[] filter = plan.seccomp();
    if (filter == null) {
      return;
    }
    Arg.Address program = builder.space(16, "filter of " + filter.length / 8);
    builder.putInt(program, filter.length / 8);
    builder.pointer(program.plus(8), builder.bytes(filter, "filter"));
    builder.step(Sysno.SECCOMP, named(1, "SET_MODE_FILTER"), n(0), program);
  }

  private void exec() {
    ReaperProgram first = reaper;
    if (first == null) {
      boolean home = process.env().stream().anyMatch(e -> e.startsWith("HOME="));
      Arg.Address place = home ? builder.text("") : parameters.home(builder);
      attempts =
          Attempts.emit(builder, process, ReaperProgram.environment(builder, process, place));
      return;
    }
    attempts = first.attempts();
    Arg.Address home = parameters.home(builder);
    int offset = ElfProgram.dataOffset(builder.arch()) + first.home().offset();
    builder.step(Sysno.PWRITE64, n(ShimFds.INIT), home, n(Parameters.MAX_HOME + 8), n(offset));
    // What the program's own exec comes to is told through it, after this one.
    builder.step(Sysno.FCNTL, n(ShimFds.REPORT), named(2, "F_SETFD"), n(0));
    List<String> argv = new ArrayList<>(ReaperProgram.NAME);
    argv.addAll(process.argv());
    builder.step(
        Sysno.EXECVEAT,
        n(ShimFds.INIT),
        builder.text(""),
        builder.texts(argv, "argv"),
        ReaperProgram.environment(builder, process, home),
        named(0x1000, "AT_EMPTY_PATH"));
  }

  /** The finished program with what is needed to understand its failure. */
  ProcessProgram build() {
    Program program = builder.build();
    if (reaper != null && reaper.program().tableSize() == program.tableSize()) {
      // Which of the two a table is of is told by its size.
      builder.end(0);
      program = builder.build();
    }
    return new ProcessProgram(
        program,
        Objects.requireNonNull(chdir, "execute() comes first"),
        Objects.requireNonNull(attempts, "execute() comes first"),
        reaper == null ? null : reaper.program(),
        parameters,
        process);
  }

  /** Opens a file, writes the text, and leaves the descriptor to the exec. */
  void writeFile(String path, String text) {
    open(path, text);
  }

  private List<Step> open(String path, String text) {
    int flags = OpenFlag.bits(builder.arch(), OpenFlag.WRONLY, OpenFlag.CLOEXEC);
    Step open =
        builder.step(Sysno.OPENAT, CWD, builder.text(path), named(flags, "O_WRONLY|O_CLOEXEC"));
    Step write = builder.step(Sysno.WRITE, NULL, builder.text(text), n(text.length()));
    open.storeInto(write, 0);
    return List.of(open, write);
  }
}
