package dev.felucca.isolation.shim;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.felucca.linux.LinuxSyscalls;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.process.PidFd;
import org.junit.jupiter.api.Test;

class ShimProcessTest {
  @Test
  void aSignalThatComesAfterTheEndFindsNobody() throws Exception {
    Syscalls linux = LinuxSyscalls.load();
    Process sleep = new ProcessBuilder("sleep", "1000").start();
    try {
      ShimProcess shim =
          ShimProcess.orphan(linux, PidFd.open(linux, Math.toIntExact(sleep.pid())).orElseThrow());
      assertTrue(shim.signal(0));
      shim.close();
      assertFalse(shim.signal(9));
      assertTrue(sleep.isAlive());
    } finally {
      sleep.destroyForcibly().waitFor();
    }
  }
}
