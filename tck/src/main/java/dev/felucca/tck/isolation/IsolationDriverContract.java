package dev.felucca.tck.isolation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.isolation.ConsoleSize;
import dev.felucca.kernel.isolation.ContainerMount;
import dev.felucca.kernel.isolation.ContainerSpec;
import dev.felucca.kernel.isolation.ExecSpec;
import dev.felucca.kernel.isolation.ExitStatus;
import dev.felucca.kernel.isolation.IsolationDriver;
import dev.felucca.kernel.isolation.OutputPositions;
import dev.felucca.kernel.isolation.OutputSink;
import dev.felucca.kernel.isolation.OutputStreamKind;
import dev.felucca.kernel.isolation.RunningContainer;
import dev.felucca.kernel.storage.Mount;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What an isolation driver must do, whatever it is made of. */
@Timeout(value = 90, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@NullUnmarked
public abstract class IsolationDriverContract {
  private static final int SIGTERM = 15;
  private static final int SIGKILL = 9;

  @TempDir protected Path directory;
  protected IsolationDriver driver;
  protected Path root;
  private final List<ContainerId> made = new ArrayList<>();

  /** A driver that keeps its state there; another one made on the same place is its successor. */
  protected abstract IsolationDriver open(Path run) throws IOException;

  /** Lets the driver go away as a bundle update does: containers stay. */
  protected abstract void leave(IsolationDriver driver) throws IOException;

  @BeforeEach
  void begin() throws IOException {
    root = BusyboxRoot.make(Files.createDirectory(directory.resolve("rootfs")));
    driver = open(directory.resolve("run"));
    assertEquals(java.util.Optional.empty(), driver.unusable());
  }

  @AfterEach
  void clean() throws IOException {
    if (driver != null) {
      for (ContainerId id : made) {
        driver.delete(id);
      }
      leave(driver);
    }
  }

  protected SpecBuilder spec() throws IOException {
    return new SpecBuilder(root, Files.createTempDirectory(directory, "scratch"));
  }

  /** Creates, follows and starts. */
  protected CollectingSink start(SpecBuilder builder) throws IOException {
    return start(builder.build());
  }

  protected CollectingSink start(ContainerSpec spec) throws IOException {
    CollectingSink sink = new CollectingSink();
    create(spec);
    driver.follow(spec.id(), OutputPositions.START, sink);
    driver.start(spec.id());
    return sink;
  }

  protected RunningContainer create(ContainerSpec spec) throws IOException {
    made.add(spec.id());
    return driver.create(spec);
  }

  protected ExitStatus exit(ContainerId id) throws Exception {
    return driver.exitOf(id).toCompletableFuture().get(30, TimeUnit.SECONDS);
  }

  private static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
  }

  /** What it prints; it is to end well. */
  protected String run(SpecBuilder builder) throws Exception {
    ContainerSpec spec = builder.build();
    String output = start(spec).all();
    assertEquals(0, exit(spec.id()).code(), output);
    return output;
  }

  @Test
  void outputOfBothStreamsAndTheExitCodeArrive() throws Exception {
    ContainerSpec spec = spec().shell("echo out; echo err >&2; exit 7").build();
    CollectingSink sink = start(spec);
    assertEquals("out\n", sink.all());
    assertEquals("err\n", sink.text(OutputStreamKind.STDERR));
    ExitStatus status = exit(spec.id());
    assertEquals(7, status.code());
    assertFalse(status.oomKilled());
    Duration age = Duration.between(status.finished(), java.time.Instant.now());
    assertTrue(age.abs().compareTo(Duration.ofSeconds(30)) < 0, age.toString());
  }

  @Test
  void theNetworkNamespaceIsThereBeforeTheStart() throws Exception {
    ContainerSpec spec = spec().shell("readlink /proc/self/ns/net").build();
    RunningContainer running = create(spec);
    String outside = Files.readSymbolicLink(Path.of(running.networkNamespace())).toString();
    CollectingSink sink = new CollectingSink();
    driver.follow(spec.id(), OutputPositions.START, sink);
    driver.start(spec.id());
    assertEquals(outside + "\n", sink.all());
  }

  @Test
  void aProgramThatIsNotThereIsRefusedInDockersWords() throws Exception {
    refused("exec: \"nothere\": executable file not found in $PATH", "nothere");
    refused("exec: \"/nothere\": no such file or directory", "/nothere");
    refused("exec: \"/etc/passwd\": permission denied", "/etc/passwd");
    refused("exec: \"/etc\": is a directory", "/etc");
  }

  private void refused(String words, String... argv) throws IOException {
    ContainerSpec spec = spec().run(argv).build();
    create(spec);
    EngineException refusal = assertThrows(EngineException.class, () -> driver.start(spec.id()));
    assertEquals(words, refusal.getMessage());
    assertEquals(EngineException.Kind.INVALID, refusal.kind());
    driver.delete(spec.id());
  }

  @Test
  void aSignalEndsItWith128AndTheSignal() throws Exception {
    ContainerSpec spec =
        spec().shell("trap 'exit 5' TERM; echo up; while :; do usleep 10000; done").build();
    CollectingSink sink = start(spec);
    sink.await(text -> text.equals("up\n"));
    driver.signal(spec.id(), SIGTERM);
    assertEquals(5, exit(spec.id()).code());

    ContainerSpec other = spec().run("sleep", "1000").build();
    start(other);
    driver.signal(other.id(), SIGKILL);
    assertEquals(137, exit(other.id()).code());
    driver.signal(other.id(), SIGKILL);
  }

  @Test
  void anInitReapsPassesSignalsOnAndEndsAsItsProgramDoes() throws Exception {
    ContainerSpec spec =
        spec()
            .init()
            .shell(
                "trap 'exit 5' TERM; (usleep 1000 & usleep 1000 &); usleep 200000;"
                    + " [ $$ != 1 ] && grep -l '^State:.Z' /proc/[0-9]*/status; echo up $HOME;"
                    + " while :; do usleep 10000; done")
            .build();
    CollectingSink sink = start(spec);
    sink.await(text -> text.endsWith("up /root\n"));
    assertEquals("up /root\n", sink.text(OutputStreamKind.STDOUT));
    driver.signal(spec.id(), SIGTERM);
    assertEquals(5, exit(spec.id()).code());

    ContainerSpec killed = spec().init().shell("kill -9 $$").build();
    start(killed);
    assertEquals(137, exit(killed.id()).code());
    ContainerSpec missing = spec().init().run("nothere").build();
    create(missing);
    EngineException refusal = assertThrows(EngineException.class, () -> driver.start(missing.id()));
    assertEquals("exec: \"nothere\": executable file not found in $PATH", refusal.getMessage());
  }

  @Test
  void anInitLeavesTheTerminalToItsProgram() throws Exception {
    ContainerSpec spec =
        spec().init().user("anna").shell("echo up; sleep 1000").tty(null).openStdin().build();
    CollectingSink sink = start(spec);
    sink.await(text -> text.endsWith("up\r\n"));
    driver.writeInput(spec.id(), bytes("\003"));
    assertEquals(130, exit(spec.id()).code());
  }

  @Test
  void standardInputIsReadToItsEnd() throws Exception {
    ContainerSpec spec = spec().run("cat").openStdin().build();
    CollectingSink sink = start(spec);
    driver.writeInput(spec.id(), bytes("hello\n"));
    sink.await(text -> text.equals("hello\n"));
    driver.writeInput(spec.id(), bytes("more\n"));
    driver.closeInput(spec.id());
    driver.closeInput(spec.id());
    assertEquals("hello\nmore\n", sink.all());
    assertEquals(0, exit(spec.id()).code());
    assertEquals(
        EngineException.Kind.CONFLICT,
        assertThrows(EngineException.class, () -> driver.writeInput(spec.id(), bytes("late")))
            .kind());
  }

  @Test
  void withoutStandardInputItReadsAnEndAtOnce() throws Exception {
    assertEquals("0\n", run(spec().shell("cat | wc -c")));
  }

  @Test
  void aTerminalIsTheContainersOwnAndHasItsSize() throws Exception {
    ContainerSpec spec =
        spec()
            .shell("tty; stty size; read line; echo got $line; stty size")
            .tty(new ConsoleSize(40, 132))
            .openStdin()
            .build();
    CollectingSink sink = start(spec);
    // What is typed is echoed at once, and would stand before an end of line that is still to come.
    sink.await(text -> text.endsWith("40 132\r\n"));
    driver.resize(spec.id(), new ConsoleSize(24, 80));
    driver.writeInput(spec.id(), bytes("this\n"));
    assertEquals("/dev/pts/0\r\n40 132\r\nthis\r\ngot this\r\n24 80\r\n", sink.all());
    assertEquals(0, exit(spec.id()).code());
  }

  @Test
  void aTerminalsKeysBecomeSignals() throws Exception {
    ContainerSpec spec =
        spec()
            // Not one long sleep: the first of a namespace ignores what it has no trap for, and
            // the key may come before the sleep.
            .shell("trap 'exit 130' INT; echo up; while :; do usleep 10000; done")
            .tty(null)
            .openStdin()
            .build();
    CollectingSink sink = start(spec);
    sink.await(text -> text.endsWith("up\r\n"));
    driver.writeInput(spec.id(), bytes("\003"));
    assertEquals(130, exit(spec.id()).code());
    sink.all();
  }

  @Test
  void theUserComesFromTheContainersOwnFiles() throws Exception {
    assertEquals(
        "uid=1000(anna) gid=1001(staff) groups=29(audio),1001(staff)\n/home/anna\n",
        run(spec().shell("id; echo $HOME").user("anna")));
    assertEquals("4711 0 /\n", run(spec().shell("echo $(id -u) $(id -g) $HOME").user("4711")));
    assertEquals("1000 29\n", run(spec().shell("echo $(id -u) $(id -g)").user("anna:audio")));
    ContainerSpec nobody = spec().user("nobody").build();
    create(nobody);
    EngineException refusal = assertThrows(EngineException.class, () -> driver.start(nobody.id()));
    assertEquals(
        "unable to find user nobody: no matching entries in passwd file", refusal.getMessage());
  }

  @Test
  void aMissingWorkingDirectoryIsMadeForTheUser() throws Exception {
    assertEquals(
        "/work/here\n1000 1001\n",
        run(spec().shell("pwd; stat -c '%u %g' .").user("anna").workingDir("/work/here")));
  }

  @Test
  void onlyItsOwnProcessesHostnameAndDescriptorsAreSeen() throws Exception {
    String output =
        run(
            spec()
                .shell(
                    "hostname; ls /proc | grep -c '^[0-9]'; ls -l /proc/self/fd | grep -c '[0-9]"
                        + " ->'; echo $$"));
    String[] lines = output.split("\n", -1);
    assertEquals("box", lines[0]);
    assertTrue(Integer.parseInt(lines[1]) <= 4, output);
    // By the time ls looks at them, its own descriptor of the directory is closed again.
    assertEquals("3", lines[2]);
    assertEquals("1", lines[3]);
  }

  @Test
  void signalsAreNeitherIgnoredNorBlocked() throws Exception {
    assertEquals(
        "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\nSigCgt:\t0000000000000000\n",
        run(spec().run("grep", "-E", "^Sig(Ign|Blk|Cgt)", "/proc/self/status")));
  }

  @Test
  void sourcesAreBoundOverWhateverTheTargetIs() throws Exception {
    Path data = Files.createDirectory(directory.resolve("data"));
    Path file = Files.writeString(data.resolve("file"), "inside");
    // A link out of the root must lead nowhere but into the root.
    Files.createSymbolicLink(root.resolve("away"), directory.toAbsolutePath());
    Files.createDirectories(root.resolve(directory.toAbsolutePath().toString().substring(1)));
    String output =
        run(
            spec()
                .shell("cat /new/file /etc/single; touch /new/x 2>&1; ls " + directory)
                .mounts(
                    new ContainerMount(Mount.bind(data, true), "/new"),
                    new ContainerMount(
                        new Mount("bind", file.toString(), List.of("rbind"), null), "/etc/single"),
                    new ContainerMount(
                        new Mount("tmpfs", "tmpfs", List.of("size=64k"), null), "/away/t")));
    assertTrue(output.startsWith("insideinside"), output);
    assertTrue(output.contains("Read-only file system"), output);
    assertTrue(output.endsWith("t\n"), output);
    assertFalse(Files.exists(directory.resolve("t")));
  }

  /** Shows what is root's on disk as of 1000:2000 inside. */
  protected String otherOwners() {
    return "idmap=uids=0-1000-10;gids=0-2000-10";
  }

  @Test
  void aBindCanBeShownWithOtherOwners() throws Exception {
    Path data = Files.createDirectory(directory.resolve("data"));
    Files.writeString(data.resolve("file"), "");
    Files.setAttribute(data.resolve("file"), "unix:uid", 3);
    Files.setAttribute(data.resolve("file"), "unix:gid", 4);
    Mount mapped = new Mount("bind", data.toString(), List.of("rbind", otherOwners()), null);
    Mount closed = new Mount("bind", data.toString(), List.of("rbind", "ro", otherOwners()), null);
    assertEquals(
        "1003:2004\n1000:2000\nro\n",
        run(
            spec()
                .mounts(
                    new ContainerMount(mapped, "/mapped"), new ContainerMount(closed, "/closed"))
                .user("1000:2000")
                .shell(
                    "stat -c %u:%g /mapped/file; touch /mapped/new; stat -c %u:%g /closed/new;"
                        + " touch /closed/new 2>/dev/null || echo ro")));
    assertEquals(0, Files.getAttribute(data.resolve("new"), "unix:uid"));
    assertEquals(0, Files.getAttribute(data.resolve("new"), "unix:gid"));
  }

  @Test
  void anExecSeesTheContainerAndSaysHowItEnded() throws Exception {
    ContainerSpec spec = spec().run("sleep", "1000").build();
    start(spec);
    CollectingSink sink = new CollectingSink();
    String execId = ContainerId.randomHex();
    int pid =
        driver.exec(
            spec.id(),
            new ExecSpec(
                execId,
                spec().shell("hostname; id -u; echo bad >&2; exit 9").user("anna").process(),
                false,
                false),
            sink);
    assertTrue(pid > 1);
    assertEquals(
        9, driver.exitOfExec(execId).toCompletableFuture().get(30, TimeUnit.SECONDS).code());
    assertEquals("box\n1000\n", sink.all());
    assertEquals("bad\n", sink.text(OutputStreamKind.STDERR));
    EngineException refusal =
        assertThrows(
            EngineException.class,
            () ->
                driver.exec(
                    spec.id(),
                    new ExecSpec(
                        ContainerId.randomHex(), spec().run("nothere").process(), false, false),
                    new CollectingSink()));
    assertEquals("exec: \"nothere\": executable file not found in $PATH", refusal.getMessage());
    EngineException nowhere =
        assertThrows(
            EngineException.class,
            () ->
                driver.exec(
                    spec.id(),
                    new ExecSpec(
                        ContainerId.randomHex(),
                        spec().workingDir("/nowhere").process(),
                        false,
                        false),
                    new CollectingSink()));
    assertEquals(
        "chdir to cwd (\"/nowhere\") set in config.json failed: no such file or directory",
        nowhere.getMessage());
    // It may be on its way out yet.
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    while (driver.processes(spec.id()).size() > 1 && System.nanoTime() < end) {
      Thread.sleep(5);
    }
    assertEquals(1, driver.processes(spec.id()).size());
  }

  @Test
  void anExecHasATerminalAndInput() throws Exception {
    ContainerSpec spec = spec().run("sleep", "1000").build();
    start(spec);
    CollectingSink sink = new CollectingSink();
    String execId = ContainerId.randomHex();
    driver.exec(
        spec.id(),
        new ExecSpec(
            execId,
            spec().shell("tty; read line; echo got $line").tty(new ConsoleSize(30, 90)).process(),
            false,
            true),
        sink);
    driver.writeExecInput(execId, bytes("that\n"));
    sink.await(text -> text.contains("got that"));
    sink.all();

    CollectingSink plain = new CollectingSink();
    String other = ContainerId.randomHex();
    driver.exec(spec.id(), new ExecSpec(other, spec().run("cat").process(), false, true), plain);
    driver.writeExecInput(other, bytes("piped"));
    driver.closeExecInput(other);
    assertEquals("piped", plain.all());
    assertEquals(
        0, driver.exitOfExec(other).toCompletableFuture().get(30, TimeUnit.SECONDS).code());
  }

  @Test
  void anExecThatEndsAtOnceLosesNothing() throws Exception {
    ContainerSpec spec = spec().run("sleep", "1000").build();
    start(spec);
    for (int i = 0; i < 20; i++) {
      SpecBuilder process = spec().run("echo", "quick");
      if (i % 2 == 0) {
        process.tty(null);
      }
      CollectingSink sink = new CollectingSink();
      String execId = ContainerId.randomHex();
      driver.exec(spec.id(), new ExecSpec(execId, process.process(), false, false), sink);
      assertEquals("quick", sink.all().strip());
      assertEquals(
          0, driver.exitOfExec(execId).toCompletableFuture().get(30, TimeUnit.SECONDS).code());
    }
  }

  @Test
  void pauseStopsItAndResumeLetsItGo() throws Exception {
    ContainerSpec spec =
        spec().shell("i=0; while :; do echo $i; i=$((i+1)); usleep 5000; done").build();
    CollectingSink sink = start(spec);
    sink.await(text -> text.contains("5\n"));
    driver.pause(spec.id());
    driver.resume(spec.id());
    int before = sink.text(OutputStreamKind.STDOUT).length();
    sink.await(text -> text.length() > before + 100);
    driver.pause(spec.id());
    driver.killAll(spec.id());
    assertEquals(137, exit(spec.id()).code());
  }

  @Test
  void aSlowSinkLosesNothing() throws Exception {
    ContainerSpec spec = spec().run("seq", "1", "300000").build();
    create(spec);
    CollectingSink sink = new CollectingSink();
    driver.follow(
        spec.id(),
        OutputPositions.START,
        new OutputSink() {
          @Override
          public CompletionStage<OutputPositions> accept(
              OutputStreamKind stream, long position, ByteBuffer bytes) {
            CompletionStage<OutputPositions> taken = sink.accept(stream, position, bytes);
            return CompletableFuture.supplyAsync(() -> taken).thenCompose(done -> done);
          }

          @Override
          public void ended() {
            sink.ended();
          }
        });
    driver.start(spec.id());
    StringBuilder expected = new StringBuilder();
    for (int i = 1; i <= 300000; i++) {
      expected.append(i).append('\n');
    }
    assertEquals(expected.toString(), sink.all());
  }

  @Test
  void aLaterFollowerGetsWhatTheFirstHasNotDealtWith() throws Exception {
    ContainerSpec spec = spec().shell("echo one; sleep 1000").build();
    OutputPositions before = new OutputPositions(1000, 50);
    CollectingSink first = new CollectingSink(before);
    create(spec);
    driver.follow(spec.id(), before, first);
    driver.start(spec.id());
    first.await(text -> text.equals("one\n"));
    CollectingSink second = new CollectingSink(new OutputPositions(1002, 50));
    driver.follow(spec.id(), new OutputPositions(1002, 50), second);
    // The first had dealt with all of it, so there is nothing to be given again.
    driver.killAll(spec.id());
    exit(spec.id());
  }

  @Test
  void aSuccessorTakesOverWhatRunsAndWhatEnded() throws Exception {
    ContainerSpec running = spec().shell("read x; echo got $x; exit 3").openStdin().build();
    ContainerSpec ending = spec().shell("echo last; exit 4").build();
    start(running);
    create(ending);
    driver.start(ending.id());
    CompletableFuture<ExitStatus> old = driver.exitOf(running.id()).toCompletableFuture();
    leave(driver);
    assertThrows(Exception.class, () -> old.get(30, TimeUnit.SECONDS));
    driver = open(directory.resolve("run"));
    assertEquals(
        Set.of(running.id(), ending.id()), driver.adopt(Set.of(running.id(), ending.id())));
    CollectingSink last = new CollectingSink();
    driver.follow(ending.id(), OutputPositions.START, last);
    assertEquals("last\n", last.all());
    assertEquals(4, exit(ending.id()).code());
    CollectingSink sink = new CollectingSink();
    driver.follow(running.id(), OutputPositions.START, sink);
    CollectingSink exec = new CollectingSink();
    driver.exec(
        running.id(),
        new ExecSpec(ContainerId.randomHex(), spec().run("hostname").process(), false, false),
        exec);
    assertEquals("box\n", exec.all());
    driver.writeInput(running.id(), bytes("it\n"));
    assertEquals("got it\n", sink.all());
    assertEquals(3, exit(running.id()).code());
  }

  @Test
  void theNextEngineOfADriverThatStayedFindsWhatRuns() throws Exception {
    ContainerSpec spec = spec().shell("read x; exit 3").openStdin().build();
    start(spec);
    assertEquals(Set.of(spec.id()), driver.adopt(Set.of(spec.id(), ContainerId.random())));
    driver.writeInput(spec.id(), bytes("go\n"));
    assertEquals(3, exit(spec.id()).code());
  }

  @Test
  void aSuccessorRemovesWhatNobodyKnows() throws Exception {
    ContainerSpec spec = spec().run("sleep", "1000").build();
    int pid = create(spec).pid();
    driver.start(spec.id());
    leave(driver);
    driver = open(directory.resolve("run"));
    assertEquals(Set.of(), driver.adopt(Set.of()));
    await(() -> !Files.exists(Path.of("/proc/" + pid)));
    assertEquals(
        EngineException.Kind.NOT_FOUND,
        assertThrows(EngineException.class, () -> driver.signal(spec.id(), 0)).kind());
  }

  @Test
  void afterDeleteTheSameContainerIsMadeAgain() throws Exception {
    ContainerSpec spec = spec().run("sleep", "1000").build();
    int pid = create(spec).pid();
    driver.start(spec.id());
    driver.delete(spec.id());
    driver.delete(spec.id());
    await(() -> !Files.exists(Path.of("/proc/" + pid)));
    start(spec);
    assertEquals(1, driver.processes(spec.id()).size());
  }

  @Test
  void unknownContainersAreNotFoundAndTwiceStartedOnesConflict() throws Exception {
    ContainerId unknown = ContainerId.random();
    assertEquals(
        EngineException.Kind.NOT_FOUND,
        assertThrows(EngineException.class, () -> driver.start(unknown)).kind());
    driver.delete(unknown);
    ContainerSpec spec = spec().run("sleep", "1000").build();
    start(spec);
    assertEquals(
        EngineException.Kind.CONFLICT,
        assertThrows(EngineException.class, () -> driver.start(spec.id())).kind());
    assertEquals(
        EngineException.Kind.CONFLICT,
        assertThrows(EngineException.class, () -> driver.create(spec)).kind());
  }

  protected interface Condition {
    boolean holds() throws Exception;
  }

  protected static void await(Condition condition) throws Exception {
    long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    while (!condition.holds()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("did not come about in time");
      }
      Thread.sleep(10);
    }
  }
}
