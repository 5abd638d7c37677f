package dev.felucca.linux.cgroup;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A {@link DevicePolicy} as an eBPF program of type BPF_PROG_TYPE_CGROUP_DEVICE: answers 1 for
 * allowed and 0 for refused. See <a
 * href="https://docs.kernel.org/bpf/standardization/instruction-set.html">the instruction set</a>.
 */
final class DeviceProgram {
  private static final int LOAD_W = 0x61;
  private static final int MOV_REG = 0xbf;
  private static final int AND_IMM_32 = 0x54;
  private static final int RSH_IMM_32 = 0x74;
  private static final int JNE_IMM = 0x55;
  private static final int JNE_REG = 0x5d;
  private static final int JEQ_IMM = 0x15;
  private static final int MOV_IMM = 0xb7;
  private static final int EXIT = 0x95;

  private static final int RESULT = 0;
  private static final int CONTEXT = 1;
  private static final int TYPE = 2;
  private static final int ACCESS = 3;
  private static final int MAJOR = 4;
  private static final int MINOR = 5;
  private static final int SCRATCH = 1;

  private static final int BLOCK = 1;
  private static final int CHARACTER = 2;
  private static final int MOST_PER_RULE = 8;

  private final ByteBuffer out;

  private DeviceProgram(int rules) {
    out = ByteBuffer.allocate(8 * (8 + MOST_PER_RULE * rules)).order(ByteOrder.nativeOrder());
  }

  /** An array of {@code struct bpf_insn}. */
  static byte[] assemble(DevicePolicy policy) {
    DeviceProgram program = new DeviceProgram(policy.exceptions().size());
    program.prologue();
    for (DeviceRule each : policy.exceptions()) program.exception(each);
    program.answer(policy.open());
    byte[] bytes = new byte[program.out.position()];
    program.out.flip().get(bytes);
    return bytes;
  }

  private void prologue() {
    // struct bpf_cgroup_dev_ctx { u32 access_type (type, access << 16); u32 major; u32 minor; }
    emit(LOAD_W, TYPE, CONTEXT, 0, 0);
    emit(AND_IMM_32, TYPE, 0, 0, 0xffff);
    emit(LOAD_W, ACCESS, CONTEXT, 0, 0);
    emit(RSH_IMM_32, ACCESS, 0, 0, 16);
    emit(LOAD_W, MAJOR, CONTEXT, 4, 0);
    emit(LOAD_W, MINOR, CONTEXT, 8, 0);
  }

  private void exception(DeviceRule rule) {
    boolean partial = rule.access() != DeviceRule.ALL;
    int length =
        1 // type
            + (partial ? 3 : 0)
            + (rule.major() == DeviceRule.ANY ? 0 : 1)
            + (rule.minor() == DeviceRule.ANY ? 0 : 1)
            + 2;
    int end = out.position() / 8 + length;
    emit(JNE_IMM, TYPE, 0, to(end), rule.type() == DeviceRule.Type.BLOCK ? BLOCK : CHARACTER);
    if (partial) {
      emit(MOV_REG, SCRATCH, ACCESS, 0, 0);
      emit(AND_IMM_32, SCRATCH, 0, 0, rule.access());
      // Open by exception: all that is asked for must be in it. Closed by exception: any part.
      if (rule.allow()) emit(JNE_REG, SCRATCH, ACCESS, to(end), 0);
      else emit(JEQ_IMM, SCRATCH, 0, to(end), 0);
    }
    if (rule.major() != DeviceRule.ANY) emit(JNE_IMM, MAJOR, 0, to(end), rule.major());
    if (rule.minor() != DeviceRule.ANY) emit(JNE_IMM, MINOR, 0, to(end), rule.minor());
    answer(rule.allow());
  }

  private void answer(boolean allow) {
    emit(MOV_IMM, RESULT, 0, 0, allow ? 1 : 0);
    emit(EXIT, 0, 0, 0, 0);
  }

  private int to(int target) {
    return target - out.position() / 8 - 1;
  }

  private void emit(int code, int destination, int source, int offset, int immediate) {
    boolean little = out.order() == ByteOrder.LITTLE_ENDIAN;
    int registers = little ? source << 4 | destination : destination << 4 | source;
    out.put((byte) code).put((byte) registers).putShort((short) offset).putInt(immediate);
  }
}
