package dev.felucca.isolation.seccomp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.felucca.isolation.capability.Capabilities;
import dev.felucca.isolation.capability.Capability;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The running kernel takes the filters and does what they say, to a child made for it. */
class SeccompKernelTest {
  private static final int EPERM = 1;
  private static final int EINVAL = 22;
  private static final int EFAULT = 14;
  private static final int ENOSYS = 38;

  @TempDir Path temp;

  private List<String> errnos(byte[] filter, Iterable<String> calls) throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/python3")), "python3 makes the calls");
    Path code = temp.resolve("filter");
    Path script = temp.resolve("under_filter.py");
    Path output = temp.resolve("output");
    Path input = temp.resolve("input");
    Files.write(code, filter);
    Files.write(input, calls);
    try (InputStream in = getClass().getResourceAsStream("under_filter.py")) {
      Files.write(script, Objects.requireNonNull(in).readAllBytes());
    }
    Process child =
        new ProcessBuilder("/usr/bin/python3", script.toString(), code.toString())
            .redirectErrorStream(true)
            .redirectInput(input.toFile())
            .redirectOutput(output.toFile())
            .start();
    try {
      assertTrue(child.waitFor(20, TimeUnit.SECONDS), "the child ends");
    } finally {
      child.destroyForcibly();
    }
    assertEquals(0, child.exitValue(), Files.readString(output));
    return Files.readString(output, StandardCharsets.US_ASCII).lines().toList();
  }

  private static String call(String name, String args) {
    int number = SyscallTable.number(SeccompArch.host(), name).orElseThrow();
    return number + " " + args;
  }

  @Test
  void theDefaultProfileIsInForce() throws Exception {
    SeccompTarget host = SeccompTarget.host(Capabilities.DOCKER_DEFAULT);
    assumeTrue(!host.actions().isEmpty(), "kernel without seccomp filters");
    Map<String, Integer> expected = new LinkedHashMap<>();
    expected.put(call("getpid", ""), 0);
    expected.put(call("personality", "0xffffffff"), 0);
    expected.put(call("personality", "0x1"), EPERM);
    expected.put(call("unshare", "0"), EPERM);
    expected.put(call("clone", "0x10000000"), EPERM);
    expected.put(call("clone", "0x10000"), EINVAL); // CLONE_THREAD alone: past the filter
    expected.put(call("clone3", "0 0"), ENOSYS);
    expected.put(call("socket", "1 1 0"), 0);
    expected.put(call("socket", "40 1 0"), EPERM);
    expected.put(call("socket", "38 5 0"), EPERM);
    expected.put(call("keyctl", "0 0"), EPERM);
    expected.put(call("mount", "0 0 0 0 0"), EPERM);
    expected.put(call("bpf", "0 0 0"), EPERM);
    expected.put(call("pipe2", "0 0"), EFAULT);
    expected.put("400", EPERM);
    expected.put("467 0 0", ENOSYS);
    expected.put("9999", ENOSYS);
    List<String> errnos =
        errnos(
            new SeccompFilters().filter(SeccompFilters.defaultProfile(), host), expected.keySet());
    assertEquals(expected.toString(), zip(List.copyOf(expected.keySet()), errnos).toString());
  }

  @Test
  void capabilitiesOpenWhatDockerOpensWithThem() throws Exception {
    SeccompTarget host =
        SeccompTarget.host(Capabilities.of(Capability.CAP_SYS_ADMIN, Capability.CAP_SYS_CHROOT));
    assumeTrue(!host.actions().isEmpty(), "kernel without seccomp filters");
    List<String> errnos =
        errnos(
            new SeccompFilters().filter(SeccompFilters.defaultProfile(), host),
            List.of(call("unshare", "0"), call("chroot", "0"), call("clone3", "0 0")));
    assertEquals(List.of("0", Integer.toString(EFAULT), Integer.toString(EINVAL)), errnos);
  }

  @Test
  void sixtyFourBitArgumentsAreComparedWhole() throws Exception {
    SeccompTarget host = SeccompTarget.host(Capabilities.NONE);
    assumeTrue(!host.actions().isEmpty(), "kernel without seccomp filters");
    String json =
        ("{'defaultAction':'SCMP_ACT_ALLOW','syscalls':["
                + "{'names':['getpgid'],'action':'SCMP_ACT_ERRNO','errnoRet':77,'args':["
                + "{'index':1,'value':4294967296,'op':'SCMP_CMP_GT'}]},"
                + "{'names':['getsid'],'action':'SCMP_ACT_ERRNO','errnoRet':78,'args':["
                + "{'index':2,'value':18446744069414584320,'valueTwo':8589934592,"
                + "'op':'SCMP_CMP_MASKED_EQ'}]}]}")
            .replace('\'', '"');
    List<String> errnos =
        errnos(
            new SeccompFilters().filter(json, host),
            List.of(
                call("getpgid", "0 0x100000000"),
                call("getpgid", "0 0x100000001"),
                call("getpgid", "0 0xffffffff"),
                call("getsid", "0 0 0x2ffffffff"),
                call("getsid", "0 0 0x300000000")));
    assertEquals(List.of("0", "77", "0", "78", "0"), errnos);
  }

  private static Map<String, String> zip(List<String> calls, List<String> errnos) {
    Map<String, String> answers = new LinkedHashMap<>();
    for (int i = 0; i < calls.size(); i++) {
      answers.put(calls.get(i), i < errnos.size() ? errnos.get(i) : "none");
    }
    return answers;
  }
}
