package dev.felucca.isolation.seccomp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.felucca.isolation.capability.Capabilities;
import dev.felucca.isolation.capability.Capability;
import dev.felucca.isolation.seccomp.SeccompProfile.Condition;
import dev.felucca.isolation.seccomp.SeccompProfile.Rule;
import dev.felucca.kernel.EngineException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class SeccompCompilerTest {
  private static final Set<SeccompAction> ALL = Set.of(SeccompAction.values());
  private static final KernelVersion KERNEL = new KernelVersion(6, 1);
  private static final List<List<SeccompArch>> MACHINES =
      List.of(
          List.of(SeccompArch.X86_64, SeccompArch.X86, SeccompArch.X32),
          List.of(SeccompArch.AARCH64, SeccompArch.ARM));
  private static final long[] VALUES = {
    0,
    1,
    8,
    0x1f,
    40,
    0x20000,
    0x20008,
    0x7e020000L,
    0x10000000L,
    0xffffffffL,
    0x1_0000_0000L,
    0x1_0000_0008L,
    0x7fffffff_ffffffffL,
    0x80000000_00000000L,
    -1
  };

  private static SeccompTarget target(SeccompArch arch, Capabilities capabilities) {
    return new SeccompTarget(arch, capabilities, KERNEL, ALL);
  }

  private static void agrees(SeccompProfile profile, SeccompTarget target, List<SeccompArch> all) {
    BpfMachine machine = new BpfMachine(SeccompCompiler.compile(profile, target));
    ProfileModel model = new ProfileModel(profile, target);
    Random random = new Random(7);
    for (SeccompArch arch : all) {
      List<Integer> numbers = new ArrayList<>();
      for (int i = 0; i <= 500; i++) numbers.add(i + arch.firstNumber());
      for (int i = 0xf0000; i < 0xf0010; i++) numbers.add(i + arch.firstNumber());
      if (arch == SeccompArch.X32) numbers.add(-1);
      for (int number : numbers) {
        for (int round = 0; round < 4; round++) {
          long[] args = new long[6];
          for (int i = 0; i < 6; i++) args[i] = VALUES[random.nextInt(VALUES.length)];
          assertEquals(
              Integer.toHexString(model.answer(arch, number, args)),
              Integer.toHexString(machine.run(number, arch.audit(), args)),
              () -> arch + " call " + number);
        }
      }
    }
    assertEquals(0, machine.run(1, 0xC00000F3, new long[6]), "riscv64 is foreign");
  }

  @Test
  void defaultProfileAgreesWithItsTextForEveryCall() {
    SeccompProfile profile = SeccompProfileReader.read(SeccompFilters.defaultProfile());
    for (List<SeccompArch> machine : MACHINES) {
      for (Capabilities capabilities :
          List.of(
              Capabilities.DOCKER_DEFAULT,
              Capabilities.NONE,
              Capabilities.of(Capability.CAP_SYS_ADMIN, Capability.CAP_SYS_PTRACE),
              new Capabilities(-1))) {
        agrees(profile, target(machine.get(0), capabilities), machine);
      }
    }
  }

  @Test
  void randomProfilesAgreeWithTheirText() {
    Random random = new Random(20261124);
    for (int round = 0; round < 40; round++) {
      List<SeccompArch> machine = MACHINES.get(round % 2);
      agrees(
          randomProfile(random, machine),
          target(machine.get(0), new Capabilities(random.nextLong())),
          machine);
    }
  }

  private static SeccompProfile randomProfile(Random random, List<SeccompArch> machine) {
    List<String> names = List.copyOf(new TreeMap<>(SyscallTable.names(machine.get(0))).keySet());
    // The multiplexed calls have a test of their own.
    names = names.stream().filter(name -> Multiplexer.of(name).isEmpty()).toList();
    SeccompAction[] actions = SeccompAction.values();
    List<Rule> rules = new ArrayList<>();
    for (int i = 0; i < 90; i++) {
      List<String> some = new ArrayList<>();
      for (int n = 0; n <= random.nextInt(4); n++) {
        some.add(names.get(random.nextInt(names.size())));
      }
      some.remove("write");
      if (some.isEmpty()) continue;
      List<ArgTest> tests = new ArrayList<>();
      for (int n = random.nextInt(4); n > 0; n--) {
        tests.add(
            new ArgTest(
                random.nextInt(6),
                VALUES[random.nextInt(VALUES.length)],
                VALUES[random.nextInt(VALUES.length)],
                ArgTest.Operator.values()[random.nextInt(7)]));
      }
      Condition includes =
          random.nextInt(4) > 0
              ? Condition.NONE
              : new Condition(
                  List.of("amd64", "s390x"),
                  List.of("CAP_SYS_ADMIN"),
                  new KernelVersion(5 + random.nextInt(3), 1));
      Condition excludes =
          random.nextInt(4) > 0
              ? Condition.NONE
              : new Condition(List.of(), List.of("CAP_NET_RAW", "CAP_KILL"), null);
      rules.add(
          new Rule(
              some,
              actions[random.nextInt(actions.length)],
              random.nextBoolean() ? null : random.nextInt(100),
              tests,
              includes,
              excludes));
    }
    SeccompAction otherwise = actions[random.nextInt(actions.length)];
    if (otherwise == SeccompAction.NOTIFY) otherwise = SeccompAction.ALLOW;
    return new SeccompProfile(
        otherwise,
        random.nextBoolean() ? null : 38,
        machine.stream().map(SeccompArch::profileName).toList(),
        List.of(),
        rules,
        Set.of(),
        null,
        null);
  }

  @Test
  void aCallCostsTheLogarithmOfTheRanges() {
    BpfMachine machine =
        new BpfMachine(
            SeccompCompiler.compile(
                SeccompProfileReader.read(SeccompFilters.defaultProfile()),
                target(SeccompArch.X86_64, Capabilities.DOCKER_DEFAULT)));
    for (int number = 0; number < 500; number++) {
      machine.run(number, SeccompArch.X86_64.audit(), 0, 0, 0, 0, 0, 0);
    }
    assertTrue(machine.size() < 700, machine.size() + " instructions");
    assertTrue(machine.longest <= 22, machine.longest + " steps");
  }

  private static BpfMachine compiled(String json) {
    return new BpfMachine(
        SeccompCompiler.compile(
            SeccompProfileReader.read(json),
            target(SeccompArch.X86_64, Capabilities.DOCKER_DEFAULT)));
  }

  @Test
  void callsNewerThanAStrictProfileGetEnosysAndThoseItOmitsEperm() {
    BpfMachine machine =
        compiled(
            "{'defaultAction':'SCMP_ACT_ERRNO','syscalls':[{'names':['openat2','read'],'action':'SCMP_ACT_ALLOW'}]}"
                .replace('\'', '"'));
    int x64 = SeccompArch.X86_64.audit();
    assertEquals(0x7fff0000, machine.run(0, x64, new long[6]));
    assertEquals(0x00050001, machine.run(1, x64, new long[6]));
    assertEquals(0x7fff0000, machine.run(437, x64, new long[6]));
    assertEquals(0x00050026, machine.run(438, x64, new long[6]));
    assertEquals(0x00050026, machine.run(-1, x64, new long[6]));
  }

  @Test
  void x32NumbersDontWalkAroundAPermissiveProfile() {
    BpfMachine machine =
        compiled(
            "{'defaultAction':'SCMP_ACT_ALLOW','syscalls':[{'names':['mkdir'],'action':'SCMP_ACT_ERRNO'}]}"
                .replace('\'', '"'));
    int x64 = SeccompArch.X86_64.audit();
    assertEquals(0x00050001, machine.run(83, x64, new long[6]));
    assertEquals(0x7fff0000, machine.run(500, x64, new long[6]));
    assertEquals(0, machine.run(83 | 0x40000000, x64, new long[6]));
    assertEquals(0, machine.run(39, SeccompArch.X86.audit(), new long[6]));
  }

  @Test
  void thirtyTwoBitSocketsAreJudgedThroughSocketcallToo() {
    BpfMachine machine =
        compiled(
            ("{'defaultAction':'SCMP_ACT_ERRNO','architectures':['SCMP_ARCH_X86'],'syscalls':"
                    + "[{'names':['bind','shmget'],'action':'SCMP_ACT_ALLOW'}]}")
                .replace('\'', '"'));
    int x86 = SeccompArch.X86.audit();
    assertEquals(0x7fff0000, machine.run(102, x86, 2, 0, 0, 0, 0, 0));
    assertEquals(0x00050001, machine.run(102, x86, 3, 0, 0, 0, 0, 0));
    assertEquals(0x7fff0000, machine.run(117, x86, 23, 0, 0, 0, 0, 0));
    assertEquals(0x00050001, machine.run(117, x86, 24, 0, 0, 0, 0, 0));
  }

  @Test
  void jumpsFartherThan255InstructionsArrive() {
    // Every number with tests of its own: nothing merges and the tree is several thousand long.
    List<Rule> rules = new ArrayList<>();
    List<String> names =
        new TreeMap<>(SyscallTable.names(SeccompArch.X86_64)).keySet().stream().limit(300).toList();
    long value = 0;
    for (String name : names) {
      ArgTest test = new ArgTest(0, ++value, 0, ArgTest.Operator.EQ);
      rules.add(
          new Rule(
              List.of(name),
              SeccompAction.ALLOW,
              null,
              List.of(test),
              Condition.NONE,
              Condition.NONE));
    }
    SeccompProfile profile =
        new SeccompProfile(
            SeccompAction.ERRNO, null, List.of(), List.of(), rules, Set.of(), null, null);
    SeccompTarget target = target(SeccompArch.X86_64, Capabilities.NONE);
    BpfMachine machine = new BpfMachine(SeccompCompiler.compile(profile, target));
    assertTrue(machine.size() > 2000, machine.size() + " instructions");
    value = 0;
    for (String name : names) {
      int number = SyscallTable.number(SeccompArch.X86_64, name).orElseThrow();
      value++;
      assertEquals(0x7fff0000, machine.run(number, 0xC000003E, value, 0, 0, 0, 0, 0));
      assertEquals(0x00050001, machine.run(number, 0xC000003E, value + 1, 0, 0, 0, 0, 0));
    }
    agrees(profile, target, List.of(SeccompArch.X86_64));
  }

  @Test
  void programsTheKernelWouldNotTakeAreRefused() {
    List<Rule> rules = new ArrayList<>();
    for (Map.Entry<String, Integer> call : SyscallTable.names(SeccompArch.X86_64).entrySet()) {
      for (int i = 0; i < 6; i++) {
        rules.add(
            new Rule(
                List.of(call.getKey()),
                SeccompAction.ALLOW,
                null,
                List.of(new ArgTest(i, call.getValue(), 0, ArgTest.Operator.GT)),
                Condition.NONE,
                Condition.NONE));
      }
    }
    SeccompProfile profile =
        new SeccompProfile(
            SeccompAction.ERRNO, null, List.of(), List.of(), rules, Set.of(), null, null);
    EngineException refused =
        assertThrows(
            EngineException.class,
            () -> SeccompCompiler.compile(profile, target(SeccompArch.X86_64, Capabilities.NONE)));
    assertTrue(refused.getMessage().endsWith("the kernel takes 4096"), refused.getMessage());
  }

  @Test
  void actionsTheKernelLacksAreRefusedByName() {
    SeccompProfile profile =
        SeccompProfileReader.read(
            "{'defaultAction':'SCMP_ACT_LOG','syscalls':[]}".replace('\'', '"'));
    EngineException refused =
        assertThrows(
            EngineException.class,
            () ->
                SeccompCompiler.compile(
                    profile,
                    new SeccompTarget(
                        SeccompArch.X86_64,
                        Capabilities.NONE,
                        KERNEL,
                        Set.of(SeccompAction.ERRNO, SeccompAction.ALLOW))));
    assertEquals(EngineException.Kind.UNAVAILABLE, refused.kind());
    assertTrue(refused.getMessage().contains("SCMP_ACT_LOG"), refused.getMessage());
  }

  @Test
  void notifyIsRefusedWhereItWouldHangTheContainer() {
    for (String json :
        List.of(
            "{'defaultAction':'SCMP_ACT_NOTIFY'}",
            "{'defaultAction':'SCMP_ACT_ALLOW','syscalls':[{'names':['write'],'action':'SCMP_ACT_NOTIFY'}]}")) {
      EngineException refused =
          assertThrows(EngineException.class, () -> compiled(json.replace('\'', '"')));
      assertEquals(EngineException.Kind.INVALID, refused.kind());
    }
  }

  @Test
  void filtersAreKeptPerProfileAndTarget() {
    SeccompFilters filters = new SeccompFilters();
    SeccompTarget docker = target(SeccompArch.X86_64, Capabilities.DOCKER_DEFAULT);
    byte[] first = filters.filter(SeccompFilters.defaultProfile(), docker);
    byte[] expected = first.clone();
    first[0] ^= 1;
    assertArrayEquals(expected, filters.filter(SeccompFilters.defaultProfile(), docker));
    byte[] admin =
        filters.filter(
            SeccompFilters.defaultProfile(),
            docker.with(Capabilities.of(Capability.CAP_SYS_ADMIN)));
    assertFalse(Arrays.equals(expected, admin));
  }
}
