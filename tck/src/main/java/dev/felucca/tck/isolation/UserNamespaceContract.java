package dev.felucca.tck.isolation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.IdMapping;
import dev.felucca.kernel.isolation.ContainerMount;
import dev.felucca.kernel.isolation.ContainerSpec;
import dev.felucca.kernel.isolation.ExecSpec;
import dev.felucca.kernel.isolation.Namespaces;
import dev.felucca.kernel.isolation.Namespaces.Source;
import dev.felucca.kernel.isolation.OutputPositions;
import dev.felucca.kernel.isolation.OutputStreamKind;
import dev.felucca.kernel.isolation.RunningContainer;
import dev.felucca.kernel.isolation.Security;
import dev.felucca.kernel.isolation.UserNamespace;
import dev.felucca.kernel.storage.Mount;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/** All of the contract once more for containers with users of their own, and what is so of them. */
@NullUnmarked
public abstract class UserNamespaceContract extends IsolationDriverContract {
  protected static final IdMapping MAPPING =
      IdMapping.parse("uids=0-100000-65536;gids=0-200000-65536");

  @Override
  public SpecBuilder spec() throws IOException {
    // The tests' own directory, which is nobody's else: what is bound has to be told by its owner.
    return super.spec().users(new UserNamespace(MAPPING, null));
  }

  @Override
  protected String otherOwners() {
    return "idmap=uids=0-101000-10;gids=0-202000-10";
  }

  private static Security adds(String... capabilities) {
    Security usual = Security.defaults();
    return new Security(
        false,
        List.of(capabilities),
        usual.capDrop(),
        "unconfined",
        false,
        null,
        null,
        null,
        null,
        List.of(),
        List.of(),
        List.of(),
        null);
  }

  private static String line(Path file, String name) throws IOException {
    return Files.readAllLines(file).stream()
        .filter(line -> line.startsWith(name))
        .findFirst()
        .orElse("");
  }

  @Test
  void rootInsideIsAnotherOutside() throws Exception {
    ContainerSpec spec =
        spec().shell("cat /proc/self/uid_map /proc/self/gid_map; id -u; sleep 1000").build();
    RunningContainer running = create(spec);
    CollectingSink sink = new CollectingSink();
    driver.follow(spec.id(), OutputPositions.START, sink);
    driver.start(spec.id());
    sink.await(text -> text.endsWith("\n0\n"));
    assertEquals(
        List.of("0", "100000", "65536", "0", "200000", "65536", "0"),
        List.of(sink.text(OutputStreamKind.STDOUT).trim().split("\\s+")));
    Path status = Path.of("/proc/" + running.pid() + "/status");
    assertEquals("Uid:\t100000\t100000\t100000\t100000", line(status, "Uid:"));
    assertEquals("Gid:\t200000\t200000\t200000\t200000", line(status, "Gid:"));
  }

  @Test
  void filesKeepTheirOwnersOnDisk() throws Exception {
    assertEquals(
        "0:0\n0:0\n7:8\n",
        run(
            spec()
                .shell(
                    "stat -c %u:%g /etc/passwd; touch /new; stat -c %u:%g /new;"
                        + " touch /given; busybox chown 7:8 /given; stat -c %u:%g /given")));
    assertEquals(0, Files.getAttribute(root.resolve("new"), "unix:uid"));
    assertEquals(7, Files.getAttribute(root.resolve("given"), "unix:uid"));
    assertEquals(8, Files.getAttribute(root.resolve("given"), "unix:gid"));
  }

  @Test
  void aBindHasTheHostsOwnersUnlessItIsMapped() throws Exception {
    Path shared = Files.createDirectory(directory.resolve("shared"));
    Files.writeString(shared.resolve("file"), "");
    Files.setAttribute(shared.resolve("file"), "unix:uid", 100005);
    Mount plain = new Mount("bind", shared.toString(), List.of("rbind"), null);
    Mount mapped =
        new Mount("bind", shared.toString(), List.of("rbind", MAPPING.mountOption()), null);
    assertEquals(
        "5\n65534\n0\n",
        run(
            spec()
                .mounts(new ContainerMount(plain, "/plain"), new ContainerMount(mapped, "/mapped"))
                .shell(
                    "stat -c %u /plain/file; touch /plain/no 2>/dev/null; stat -c %u /mapped/file;"
                        + " touch /mapped/new; stat -c %u /mapped/new")));
    assertEquals(0, Files.getAttribute(shared.resolve("new"), "unix:uid"));
    assertTrue(Files.notExists(shared.resolve("no")));
  }

  @Test
  void itsNamespacesAreItsOwnAndTheHostsAreNot() throws Exception {
    String output =
        run(
            spec()
                .security(adds("SYS_ADMIN", "NET_ADMIN", "SYS_TIME", "SYS_MODULE", "MKNOD"))
                .sysctls(Map.of("net.ipv4.ip_forward", "1"))
                .shell(
                    "cat /proc/sys/net/ipv4/ip_forward; hostname other && hostname;"
                        + " mount -t tmpfs x /tmp && echo mounts;"
                        + " busybox mknod /n c 1 3 2>/dev/null || echo no nodes;"
                        + " busybox date -s 2001-01-01 2>&1 | grep -q permitted && echo no clock;"
                        + " echo 1 2>/dev/null >/proc/sys/kernel/panic || echo no kernel;"
                        + " echo 0 100000 1 2>/dev/null >/proc/self/uid_map || echo no maps;"
                        + " head -c 3 /dev/zero | wc -c; echo lost >/dev/null;"
                        + " dd if=/dev/mem count=1 2>/dev/null || echo no memory"));
    assertEquals(
        "1\nother\nmounts\nno nodes\nno clock\nno kernel\nno maps\n3\nno memory\n", output);
  }

  @Test
  void anotherOfTheSameUsersJoinsItsNamespaces() throws Exception {
    ContainerSpec first =
        spec()
            .shell("hostname first; echo >/dev/shm/here; echo up; sleep 1000")
            .security(adds("SYS_ADMIN"))
            .build();
    RunningContainer running = create(first);
    CollectingSink sink = new CollectingSink();
    driver.follow(first.id(), OutputPositions.START, sink);
    driver.start(first.id());
    sink.await(text -> text.endsWith("up\n"));
    String namespaces = "/proc/" + running.pid() + "/ns/";
    Namespaces joined =
        new Namespaces(
            Source.of(namespaces + "net"),
            Source.of(namespaces + "pid"),
            Source.of(namespaces + "ipc"),
            Source.PRIVATE,
            Source.PRIVATE,
            null);
    String output =
        run(
            spec()
                .users(new UserNamespace(MAPPING, namespaces + "user"))
                .namespaces(joined)
                .shell(
                    "readlink /proc/self/ns/user; readlink /proc/self/ns/net; ls /dev/shm; kill -0 1 && echo sees"));
    assertEquals(
        Files.readSymbolicLink(Path.of(namespaces + "user"))
            + "\n"
            + Files.readSymbolicLink(Path.of(namespaces + "net"))
            + "\nhere\nsees\n",
        output);
  }

  @Test
  void whatIsTheHostsIsBoundAsAUserNamespaceCannotMountIt() throws Exception {
    Namespaces host =
        new Namespaces(
            Source.PRIVATE, Source.PRIVATE, Source.HOST, Source.PRIVATE, Source.HOST, null);
    Path shared = Files.createTempFile(Path.of("/dev/shm"), "felucca", "");
    try (Stream<Path> groups = Files.list(Path.of("/sys/fs/cgroup"))) {
      String some = groups.map(path -> path.getFileName().toString()).sorted().findFirst().get();
      assertEquals(
          "shared\nnot to be written\nthe host's\nread-only\n",
          run(
              spec()
                  .namespaces(host)
                  .shell(
                      "test -f %s && echo shared; echo x 2>/dev/null >%s || echo not to be written;"
                              .formatted(shared, shared)
                          + " test -e /sys/fs/cgroup/%s && echo \"the host's\";".formatted(some)
                          + " mkdir /sys/fs/cgroup/new 2>/dev/null || echo read-only")));
    } finally {
      Files.delete(shared);
    }
  }

  @Test
  void anExecIsOfTheSameUsersAlsoAfterARestart() throws Exception {
    ContainerSpec spec = spec().shell("echo up; sleep 1000").build();
    CollectingSink sink = start(spec);
    sink.await(text -> text.endsWith("up\n"));
    assertEquals("0 100000\n1000 100000\n", execs(spec));
    leave(driver);
    driver = open(directory.resolve("run"));
    assertEquals(Set.of(spec.id()), driver.adopt(Set.of(spec.id())));
    assertEquals("0 100000\n1000 100000\n", execs(spec));
  }

  private String execs(ContainerSpec spec) throws Exception {
    StringBuilder all = new StringBuilder();
    for (String user : List.of("", "anna")) {
      String id = "e" + System.nanoTime();
      CollectingSink sink = new CollectingSink();
      driver.exec(
          spec.id(),
          new ExecSpec(
              id,
              super.spec()
                  .user(user)
                  .shell(
                      "echo $(id -u) $(head -c 25 /proc/self/uid_map | (read a b c; echo $b)) >/dev/stdout")
                  .process(),
              false,
              false),
          sink);
      assertEquals(0, driver.exitOfExec(id).toCompletableFuture().get().code());
      all.append(sink.all());
    }
    return all.toString();
  }

  @Test
  void aUserWhomTheMapDoesNotHaveIsRefused() throws Exception {
    ContainerSpec spec = spec().user("70000").shell("true").build();
    create(spec);
    EngineException refused = assertThrows(EngineException.class, () -> driver.start(spec.id()));
    assertTrue(refused.getMessage().contains("unmapped user"), refused.getMessage());
  }

  @Test
  void twoContainersHaveTwoNamespaces() throws Exception {
    String one = run(spec().shell("readlink /proc/self/ns/user"));
    assertNotEquals(one, run(spec().shell("readlink /proc/self/ns/user")));
    assertNotEquals(one.trim(), Files.readSymbolicLink(Path.of("/proc/self/ns/user")).toString());
  }
}
