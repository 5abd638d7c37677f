package dev.felucca.isolation.seccomp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.felucca.kernel.EngineException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SeccompProfileReaderTest {
  private static SeccompProfile read(String json) {
    return SeccompProfileReader.read(json.replace('\'', '"'));
  }

  @Test
  void everyFieldIsRead() {
    SeccompProfile profile =
        read(
            "{'defaultAction':'SCMP_ACT_ERRNO','defaultErrnoRet':13,'listenerPath':'/run/l.sock',"
                + "'listenerMetadata':'m','flags':['SECCOMP_FILTER_FLAG_LOG'],"
                + "'archMap':[{'architecture':'SCMP_ARCH_X86_64','subArchitectures':null}],"
                + "'syscalls':[{'names':['ioctl'],'action':'SCMP_ACT_KILL','errnoRet':5,'args':["
                + "{'index':1,'value':18446744073709551615,'valueTwo':7,'op':'SCMP_CMP_MASKED_EQ'}],"
                + "'includes':{'arches':['amd64'],'caps':['CAP_BPF'],'minKernel':'5.10'},"
                + "'excludes':{}}]}");
    assertEquals(13, profile.defaultErrno());
    assertEquals("/run/l.sock", profile.listenerPath());
    assertEquals(2, profile.flagBits());
    SeccompProfile.Rule rule = profile.rules().get(0);
    assertEquals(SeccompAction.KILL_THREAD, rule.action());
    assertEquals(List.of(new ArgTest(1, -1, 7, ArgTest.Operator.MASKED_EQ)), rule.args());
    assertEquals(new KernelVersion(5, 10), rule.includes().minKernel());
    assertEquals(SeccompProfile.Condition.NONE, rule.excludes());
  }

  @Test
  void theOldFormWithOneNameIsRead() {
    SeccompProfile profile =
        read(
            "{'defaultAction':'SCMP_ACT_ALLOW','syscalls':"
                + "[{'name':'mkdir','action':'SCMP_ACT_ERRNO','args':null}]}");
    assertEquals(List.of("mkdir"), profile.rules().get(0).names());
  }

  @Test
  void wrongProfilesAreRefusedWithWhatIsWrong() {
    String rules = "{'defaultAction':'SCMP_ACT_ALLOW','syscalls':[%s]}";
    String arg = String.format(rules, "{'name':'a','action':'SCMP_ACT_LOG','args':[%s]}");
    for (String[] each :
        new String[][] {
          {"{", "decoding seccomp profile failed"},
          {"[]", "no JSON object"},
          {"", "no JSON object"},
          {"{'defaultAction':'SCMP_ACT_MAYBE'}", "unknown action \"SCMP_ACT_MAYBE\""},
          {"{'defaultAction':'SCMP_ACT_ALLOW','flags':['X']}", "unknown flag \"X\""},
          {
            "{'defaultAction':'SCMP_ACT_ALLOW','architectures':['SCMP_ARCH_X86'],"
                + "'archMap':[{'architecture':'SCMP_ARCH_X86_64'}]}",
            "'architectures' or 'archMap'"
          },
          {String.format(rules, "{'action':'SCMP_ACT_LOG'}"), "names no system call"},
          {
            String.format(rules, "{'name':'a','names':['b'],'action':'SCMP_ACT_LOG'}"),
            "'name' or 'names'"
          },
          {
            String.format(rules, "{'name':'a','action':'SCMP_ACT_ERRNO','errnoRet':70000}"),
            "errnoRet is no error number: 70000"
          },
          {String.format(arg, "{'index':6,'value':1,'op':'SCMP_CMP_EQ'}"), "argument 6"},
          {String.format(arg, "{'index':0,'value':-1,'op':'SCMP_CMP_EQ'}"), "64-bit number: -1"},
          {String.format(arg, "{'index':0,'value':1,'op':'SCMP_CMP_IS'}"), "\"SCMP_CMP_IS\""},
          {
            String.format(
                rules, "{'name':'a','action':'SCMP_ACT_LOG','includes':{'minKernel':'new'}}"),
            "not a kernel version: \"new\""
          },
        }) {
      EngineException refused = assertThrows(EngineException.class, () -> read(each[0]), each[0]);
      assertEquals(EngineException.Kind.INVALID, refused.kind());
      assertTrue(refused.getMessage().contains(each[1]), refused.getMessage());
    }
  }

  @Test
  void kernelVersionsCompareByNumber() {
    assertTrue(KernelVersion.parse("5.10.0-27-amd64").compareTo(KernelVersion.parse("5.9")) > 0);
    assertEquals(new KernelVersion(6, 18), KernelVersion.parse("6.18.44-fc\n"));
  }

  @Test
  void theDefaultProfileNamesOnlyCallsThatExist() {
    Set<String> known = new HashSet<>();
    for (SeccompArch arch : SeccompArch.values()) known.addAll(SyscallTable.names(arch).keySet());
    for (SeccompProfile.Rule rule :
        SeccompProfileReader.read(SeccompFilters.defaultProfile()).rules()) {
      for (String name : rule.names()) assertTrue(known.contains(name), name);
    }
  }

  @Test
  void tablesHaveTheKernelsNumbers() {
    assertEquals(0, SyscallTable.number(SeccompArch.X86_64, "read").orElseThrow());
    assertEquals(3, SyscallTable.number(SeccompArch.X86, "read").orElseThrow());
    assertEquals(63, SyscallTable.number(SeccompArch.AARCH64, "read").orElseThrow());
    assertEquals(0x40000200, SyscallTable.number(SeccompArch.X32, "rt_sigaction").orElseThrow());
    assertEquals(0xf0005, SyscallTable.number(SeccompArch.ARM, "set_tls").orElseThrow());
    assertTrue(SyscallTable.number(SeccompArch.AARCH64, "open").isEmpty());
  }
}
