package dev.felucca.linux.cgroup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DevicePolicyTest {
  private static final String[] RULES = {
    "c 1:3 rwm",
    "c 1:3 r",
    "c 1:3 w",
    "c 1:* rw",
    "c *:* m",
    "b *:* m",
    "b 8:0 rw",
    "c *:3 r",
    "c 5:1 m",
    "a *:* rwm",
    "b 8:* rwm"
  };

  @Test
  void rulesAreReadAndWrittenInTheKernelsForm() {
    for (String text : RULES) assertEquals(text, DeviceRule.parse(true, text).text());
    for (String text : List.of("", "d 1:3 r", "c 1 r", "c 1:3", "c 1:3 x", "c -1:3 r")) {
      assertThrows(IllegalArgumentException.class, () -> DeviceRule.parse(true, text), text);
    }
  }

  @Test
  void rulesForOneDeviceAreJoinedAndTakenApart() {
    DevicePolicy policy =
        DevicePolicy.of(
            List.of(
                DeviceRule.parse(true, "c 9:9 r"),
                DeviceRule.DENY_ALL,
                DeviceRule.parse(true, "c 1:3 r"),
                DeviceRule.parse(true, "c 1:3 w"),
                DeviceRule.parse(true, "b 8:0 rwm"),
                DeviceRule.parse(false, "b 8:0 m"),
                DeviceRule.parse(true, "c 5:1 m"),
                DeviceRule.parse(false, "c 5:1 rwm")));
    assertEquals(
        new DevicePolicy(
            false, List.of(DeviceRule.parse(true, "c 1:3 rw"), DeviceRule.parse(true, "b 8:0 rw"))),
        policy);
  }

  @Test
  void theProgramAnswersAsThePolicySays() {
    Random random = new Random(11);
    int allowed = 0;
    int asked = 0;
    for (int round = 0; round < 300; round++) {
      List<DeviceRule> rules = new ArrayList<>();
      for (int i = random.nextInt(8); i >= 0; i--) {
        rules.add(DeviceRule.parse(random.nextBoolean(), RULES[random.nextInt(RULES.length)]));
      }
      DevicePolicy policy = DevicePolicy.of(rules);
      byte[] program = DeviceProgram.assemble(policy);
      for (int access = 1; access <= 7; access++) {
        for (int type = 1; type <= 2; type++) {
          for (int[] device : new int[][] {{1, 3}, {1, 5}, {8, 0}, {8, 3}, {5, 1}}) {
            boolean expected = permits(policy, type, access, device[0], device[1]);
            boolean answer = run(program, access << 16 | type, device[0], device[1]) == 1;
            assertEquals(expected, answer, () -> policy + " asked for " + device[0]);
            asked++;
            if (answer) allowed++;
          }
        }
      }
    }
    assertTrue(allowed > asked / 10 && allowed < asked * 9 / 10, allowed + " of " + asked);
  }

  private static boolean permits(DevicePolicy policy, int type, int access, int major, int minor) {
    for (DeviceRule each : policy.exceptions()) {
      boolean speaks =
          each.type() == (type == 1 ? DeviceRule.Type.BLOCK : DeviceRule.Type.CHARACTER)
              && (each.major() == -1 || each.major() == major)
              && (each.minor() == -1 || each.minor() == minor);
      if (!speaks) continue;
      if (policy.open() && (each.access() & access) != 0) return false;
      if (!policy.open() && (each.access() & access) == access) return true;
    }
    return policy.open();
  }

  /** The few instructions a device program has. */
  private static long run(byte[] program, int accessType, int major, int minor) {
    ByteBuffer code = ByteBuffer.wrap(program).order(ByteOrder.nativeOrder());
    ByteBuffer context = ByteBuffer.allocate(12).order(ByteOrder.nativeOrder());
    context.putInt(accessType).putInt(major).putInt(minor);
    long[] registers = new long[11];
    for (int pc = 0; ; pc++) {
      int operation = code.get(8 * pc) & 0xff;
      int target = code.get(8 * pc + 1) & 15;
      int source = (code.get(8 * pc + 1) & 0xff) >> 4;
      int offset = code.getShort(8 * pc + 2);
      int immediate = code.getInt(8 * pc + 4);
      switch (operation) {
        case 0x61 -> registers[target] = Integer.toUnsignedLong(context.getInt(offset));
        case 0xbf -> registers[target] = registers[source];
        case 0xb7 -> registers[target] = immediate;
        case 0x54 -> registers[target] = (int) registers[target] & immediate & 0xffffffffL;
        case 0x74 -> registers[target] = (registers[target] & 0xffffffffL) >>> immediate;
        case 0x55 -> pc += registers[target] != immediate ? offset : 0;
        case 0x15 -> pc += registers[target] == immediate ? offset : 0;
        case 0x5d -> pc += registers[target] != registers[source] ? offset : 0;
        case 0x95 -> {
          return registers[0];
        }
        default -> throw new AssertionError("operation " + operation);
      }
    }
  }
}
