package dev.felucca.isolation.linux.init;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.felucca.isolation.host.DeviceNode;
import dev.felucca.isolation.host.Rlimit;
import dev.felucca.isolation.program.CloneFlags;
import dev.felucca.isolation.program.ReaperProgram;
import dev.felucca.isolation.user.ResolvedUser;
import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.IdMapping;
import dev.felucca.kernel.isolation.ConsoleSize;
import dev.felucca.kernel.isolation.ContainerMount;
import dev.felucca.kernel.isolation.ContainerSpec;
import dev.felucca.kernel.isolation.Namespaces;
import dev.felucca.kernel.isolation.ProcessSpec;
import dev.felucca.kernel.isolation.Resources;
import dev.felucca.kernel.isolation.Security;
import dev.felucca.kernel.isolation.UserNamespace;
import dev.felucca.kernel.storage.Mount;
import dev.felucca.linux.Arch;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;

class InitProgramTest {
  @Test
  void dockersDefaultContainerIsTheseCalls() throws Exception {
    assertGolden("default.txt", program(Arch.X86_64, false));
  }

  @Test
  void aTerminalIsTheseCalls() throws Exception {
    assertGolden("terminal.txt", program(Arch.X86_64, true));
  }

  @Test
  void anInitIsTheseCalls() throws Exception {
    ReaperProgram init = ReaperProgram.of(Arch.X86_64, process(false).process());
    assertGolden("reaper.txt", init.program().listing());
    assertTrue(ReaperProgram.of(Arch.AARCH64, process(false).process()).program().size() > 2000);
  }

  @Test
  void anExecIsTheseCalls() throws Exception {
    ProcessProgram exec =
        ExecProgram.of(
            Arch.X86_64, process(false), CloneFlags.NEWNS.bit() | CloneFlags.NEWNET.bit(), true);
    assertGolden("exec.txt", exec);
  }

  @Test
  void everyCallExistsOnArmToo() {
    ProcessProgram program = program(Arch.AARCH64, true);
    assertTrue(program.program().image(0x410000).length > 10_000);
  }

  @Test
  void parametersAreInTheOrderInWhichTheyAreRead() {
    ProcessProgram program = program(Arch.X86_64, false);
    byte[] one = program.parameters().message(new ResolvedUser(0, 0, List.of(0), "/root"), 0xffL);
    byte[] other = program.parameters().message(new ResolvedUser(5, 6, List.of(6, 7), "/"), 0xffL);
    assertEquals(one.length, other.length);
    assertTrue(new String(one, StandardCharsets.ISO_8859_1).contains("HOME=/root\0"));
    assertTrue(new String(other, StandardCharsets.ISO_8859_1).contains("HOME=/\0"));
  }

  private static ProcessPlan process(boolean tty) {
    ProcessSpec process =
        new ProcessSpec(
            List.of("sh", "-c", "true"),
            List.of("PATH=/usr/bin:/bin"),
            "/work",
            "anna",
            List.of(),
            tty,
            tty ? new ConsoleSize(24, 80) : null);
    return new ProcessPlan(
        process,
        false,
        0xa80425fbL,
        40,
        false,
        new byte[16],
        List.of("/sys/fs/cgroup/felucca/x/cgroup.procs"),
        List.of(new Rlimit(7, 1024, 4096)),
        100,
        true,
        "",
        null);
  }

  @Test
  void usersOfItsOwn() throws IOException {
    IdMapping mapping = IdMapping.parse("uids=0-100000-65536;gids=0-200000-65536");
    assertGolden(
        "users.txt",
        program(Arch.X86_64, false, Namespaces.all().with(new UserNamespace(mapping, null))));
  }

  private static ProcessProgram program(Arch arch, boolean tty) {
    return program(arch, tty, Namespaces.all());
  }

  private static ProcessProgram program(Arch arch, boolean tty, Namespaces namespaces) {
    ProcessPlan process = process(tty);
    List<DeviceNode> devices =
        List.of(new DeviceNode("/dev/null", "/dev/null", 0020666, 1, 3, 0, 0));
    ContainerSpec spec =
        new ContainerSpec(
            new ContainerId("ab".repeat(32)),
            List.of(
                new Mount(
                    "overlay",
                    "overlay",
                    List.of("lowerdir=2:1", "upperdir=u", "workdir=w"),
                    Path.of("/data/layers"))),
            true,
            Path.of("/data/scratch"),
            process.process(),
            "box",
            "example.org",
            List.of(
                new ContainerMount(
                    new Mount("bind", "/host/hosts", List.of("rbind", "ro"), null), "/etc/hosts"),
                new ContainerMount(
                    new Mount("tmpfs", "tmpfs", List.of("nosuid", "size=64k"), null), "/t/mp")),
            namespaces,
            Security.defaults(),
            Resources.NONE,
            Map.of("net.ipv4.ip_forward", "1"),
            64 << 20,
            false,
            null,
            false,
            Map.of());
    return InitProgram.of(
        arch,
        new InitPlan(
            spec,
            process,
            Path.of("/run/felucca/x/root"),
            Set.of("/host/hosts"),
            devices,
            new InitPlan.CgroupView(true, Map.of()),
            "box",
            true,
            Inherited.of(spec, devices, process.cgroups())));
  }

  /** To accept a change on purpose: {@code -Dgolden.write=true}, then read the difference. */
  private static void assertGolden(String name, ProcessProgram program) throws IOException {
    assertGolden(name, program.listing());
  }

  private static void assertGolden(String name, List<String> listing) throws IOException {
    String text = String.join("\n", listing) + "\n";
    if (Boolean.getBoolean("golden.write")) {
      Files.writeString(
          Path.of("src/test/resources/dev/felucca/isolation/linux/init").resolve(name), text);
    }
    try (InputStream golden = InitProgramTest.class.getResourceAsStream(name)) {
      assertEquals(
          new String(Objects.requireNonNull(golden, name).readAllBytes(), StandardCharsets.UTF_8),
          text);
    }
  }
}
