package dev.felucca.isolation.seccomp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Runs a seccomp filter as the kernel would, and refuses what the kernel's checker refuses. */
final class BpfMachine {
  private final int[] codes;
  private final int[] ifTrue;
  private final int[] ifFalse;
  private final int[] operands;
  int longest;

  BpfMachine(byte[] program) {
    assertEquals(0, program.length % 8);
    int size = program.length / 8;
    assertTrue(size > 0 && size <= 4096, size + " instructions");
    ByteBuffer in = ByteBuffer.wrap(program).order(ByteOrder.LITTLE_ENDIAN);
    codes = new int[size];
    ifTrue = new int[size];
    ifFalse = new int[size];
    operands = new int[size];
    for (int i = 0; i < size; i++) {
      codes[i] = in.getShort() & 0xffff;
      ifTrue[i] = in.get() & 0xff;
      ifFalse[i] = in.get() & 0xff;
      operands[i] = in.getInt();
      if (codes[i] == 0x05) assertTrue(i + 1 + Integer.toUnsignedLong(operands[i]) < size);
      if ((codes[i] & 7) == 5) assertTrue(i + 1 + Math.max(ifTrue[i], ifFalse[i]) < size);
    }
    assertEquals(0x06, codes[size - 1], "the last instruction returns");
  }

  int size() {
    return codes.length;
  }

  int run(int number, int audit, long... args) {
    ByteBuffer data = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
    data.putInt(number).putInt(audit).putLong(0x7f0000001234L);
    for (long arg : args) data.putLong(arg);
    int accumulator = 0;
    int steps = 0;
    for (int pc = 0; ; pc++) {
      longest = Math.max(longest, ++steps);
      int k = operands[pc];
      boolean holds;
      switch (codes[pc]) {
        case 0x20 -> {
          assertTrue(k % 4 == 0 && k >= 0 && k < 64, "load at " + k);
          accumulator = data.getInt(k);
          continue;
        }
        case 0x54 -> {
          accumulator &= k;
          continue;
        }
        case 0x06 -> {
          return k;
        }
        case 0x05 -> {
          pc += k;
          continue;
        }
        case 0x15 -> holds = accumulator == k;
        case 0x25 -> holds = Integer.compareUnsigned(accumulator, k) > 0;
        case 0x35 -> holds = Integer.compareUnsigned(accumulator, k) >= 0;
        default -> throw new AssertionError("code " + codes[pc]);
      }
      pc += holds ? ifTrue[pc] : ifFalse[pc];
    }
  }
}
