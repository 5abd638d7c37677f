package dev.felucca.tck.isolation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.isolation.ContainerMount;
import dev.felucca.kernel.isolation.ContainerSpec;
import dev.felucca.kernel.isolation.IsolationDriver;
import dev.felucca.kernel.isolation.OutputPositions;
import dev.felucca.kernel.isolation.OutputStreamKind;
import dev.felucca.kernel.isolation.RunningContainer;
import dev.felucca.kernel.storage.Mount;
import dev.felucca.linux.Errno;
import dev.felucca.linux.LinuxSyscalls;
import dev.felucca.linux.Sysno;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What an isolation driver must do, whatever it is made of; a driver's test extends this. */
@Timeout(value = 90, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@NullUnmarked
public abstract class IsolationDriverContract
    implements StandardStreamsContract, ExecContract, SuccessionContract {
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
    assertEquals(Optional.empty(), driver.unusable());
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

  @Override
  public final IsolationDriver driver() {
    return driver;
  }

  @Override
  public final void succeed() throws IOException {
    leave(driver);
    driver = open(directory.resolve("run"));
  }

  @Override
  public SpecBuilder spec() throws IOException {
    return new SpecBuilder(root, Files.createTempDirectory(directory, "scratch"));
  }

  @Override
  public RunningContainer create(ContainerSpec spec) throws IOException {
    made.add(spec.id());
    return driver.create(spec);
  }

  /** Damages a file as disks and people do. */
  private interface Damage {
    void to(Path file) throws IOException;
  }

  @Test
  void aDamagedFileEndsNoContainer() throws Exception {
    Map<String, Damage> ways =
        Map.of(
            "empty", file -> Files.write(file, new byte[0]),
            "rubbish", file -> Files.write(file, new byte[] {(byte) 0xf3, (byte) 0xa4, 1, 7, 9}),
            "a directory",
                file -> Files.createDirectory(Files.move(file, kept(file)).resolveSibling(file)),
            "unreadable",
                file ->
                    Files.createSymbolicLink(
                        Files.move(file, kept(file)).resolveSibling(file), file));
    for (Map.Entry<String, Damage> way : ways.entrySet()) {
      ContainerSpec spec = spec().shell("read x; exit 3").openStdin().build();
      start(spec);
      Path own = directory.resolve("run").resolve(spec.id().hex());
      List<Path> files;
      try (Stream<Path> all = Files.exists(own) ? Files.list(own) : Stream.empty()) {
        files = all.filter(Files::isRegularFile).sorted().toList();
      }
      for (Path file : files) {
        way.getValue().to(file);
        succeed();
        assertEquals(
            Set.of(spec.id()), driver.adopt(Set.of(spec.id())), way.getKey() + ": " + file);
      }
      driver.writeInput(spec.id(), IsolationFixture.bytes("go\n"));
      assertEquals(3, exit(spec.id()).code(), way.getKey());
    }
  }

  private Path kept(Path file) throws IOException {
    return Files.createTempDirectory(directory, "kept").resolve(file.getFileName());
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
    driver.writeInput(spec.id(), IsolationFixture.bytes("\003"));
    assertEquals(130, exit(spec.id()).code());
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

  /** Whether the kernel shows a mount with other owners, from Linux 5.12. */
  protected boolean mapsOwners() {
    return !Errno.ENOSYS.is(LinuxSyscalls.load().call(Sysno.MOUNT_SETATTR, -1, 0, 0, 0, 0));
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
    if (!mapsOwners()) {
      ContainerSpec refused =
          spec().mounts(new ContainerMount(mapped, "/mapped")).shell("true").build();
      String words = assertThrows(IOException.class, () -> create(refused)).getMessage();
      assertTrue(words.contains("needs Linux 5.12"), words);
      return;
    }
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
  void afterDeleteTheSameContainerIsMadeAgain() throws Exception {
    ContainerSpec spec = spec().run("sleep", "1000").build();
    int pid = create(spec).pid();
    driver.start(spec.id());
    driver.delete(spec.id());
    driver.delete(spec.id());
    IsolationFixture.await(() -> !Files.exists(Path.of("/proc/" + pid)));
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
}
