package dev.felucca.isolation.seccomp;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.kernel.EngineException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Classic BPF with labels. Jumps go forward only. A conditional jump reaches 255 instructions;
 * where a label is farther away, it gets an unconditional one behind it that does the distance.
 */
final class BpfAssembler {
  /** The kernel's BPF_MAXINSNS. */
  static final int MAX_INSTRUCTIONS = 4096;

  private static final int LD_W_ABS = 0x20;
  private static final int JA = 0x05;
  private static final int JEQ = 0x15;
  private static final int JGT = 0x25;
  private static final int JGE = 0x35;
  private static final int RET = 0x06;
  private static final int AND = 0x54;
  private static final int REACH = 255;

  /** A place to jump to; {@link #bind} says where. */
  static final class Label {
    private int index = -1;
  }

  private static final class Instruction {
    private final int code;
    private final int operand;
    private final @Nullable Label ifTrue;
    private final @Nullable Label ifFalse;
    private boolean farTrue;
    private boolean farFalse;

    private Instruction(int code, int operand, @Nullable Label ifTrue, @Nullable Label ifFalse) {
      this.code = code;
      this.operand = operand;
      this.ifTrue = ifTrue;
      this.ifFalse = ifFalse;
    }

    private int trampolines() {
      return (farTrue ? 1 : 0) + (farFalse ? 1 : 0);
    }
  }

  private final List<Instruction> instructions = new ArrayList<>();

  void bind(Label label) {
    label.index = instructions.size();
  }

  /** Loads the word at this offset of {@code struct seccomp_data}. */
  void load(int offset) {
    add(LD_W_ABS, offset, null, null);
  }

  void and(int mask) {
    add(AND, mask, null, null);
  }

  void ret(int value) {
    add(RET, value, null, null);
  }

  /** A null label goes on with the next instruction. Comparisons are unsigned. */
  void jumpIfEqual(int value, @Nullable Label ifTrue, @Nullable Label ifFalse) {
    add(JEQ, value, ifTrue, ifFalse);
  }

  void jumpIfGreater(int value, @Nullable Label ifTrue, @Nullable Label ifFalse) {
    add(JGT, value, ifTrue, ifFalse);
  }

  void jumpIfAtLeast(int value, @Nullable Label ifTrue, @Nullable Label ifFalse) {
    add(JGE, value, ifTrue, ifFalse);
  }

  private void add(int code, int operand, @Nullable Label ifTrue, @Nullable Label ifFalse) {
    instructions.add(new Instruction(code, operand, ifTrue, ifFalse));
  }

  /**
   * The program as an array of {@code struct sock_filter}, little endian.
   *
   * @throws EngineException INVALID when it is longer than the kernel takes
   */
  byte[] assemble() {
    int[] positions = positions();
    // Stretching one jump moves others apart; stretched ones stay so, therefore this ends.
    while (stretch(positions)) positions = positions();
    int size = positions[instructions.size()];
    if (size > MAX_INSTRUCTIONS) {
      throw new EngineException(
          INVALID,
          "seccomp profile compiles to "
              + size
              + " instructions, the kernel takes "
              + MAX_INSTRUCTIONS);
    }
    ByteBuffer program = ByteBuffer.allocate(size * 8).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < instructions.size(); i++) emit(program, i, positions);
    return program.array();
  }

  private int[] positions() {
    int[] positions = new int[instructions.size() + 1];
    for (int i = 0; i < instructions.size(); i++) {
      positions[i + 1] = positions[i] + 1 + instructions.get(i).trampolines();
    }
    return positions;
  }

  private boolean stretch(int[] positions) {
    boolean changed = false;
    for (int i = 0; i < instructions.size(); i++) {
      Instruction each = instructions.get(i);
      if (!each.farTrue && distance(each.ifTrue, i, positions) > REACH) {
        each.farTrue = true;
        changed = true;
      }
      if (!each.farFalse && distance(each.ifFalse, i, positions) > REACH) {
        each.farFalse = true;
        changed = true;
      }
    }
    return changed;
  }

  private static int distance(@Nullable Label label, int from, int[] positions) {
    if (label == null) return positions[from + 1] - positions[from] - 1;
    if (label.index <= from) throw new IllegalStateException("jump back or to nowhere");
    return positions[label.index] - positions[from] - 1;
  }

  private void emit(ByteBuffer program, int index, int[] positions) {
    Instruction each = instructions.get(index);
    int toTrue = distance(each.ifTrue, index, positions);
    int toFalse = distance(each.ifFalse, index, positions);
    boolean jump = each.code == JEQ || each.code == JGT || each.code == JGE;
    int nearTrue = each.farTrue ? 0 : toTrue;
    int nearFalse = each.farFalse ? each.trampolines() - 1 : toFalse;
    put(program, each.code, jump ? nearTrue : 0, jump ? nearFalse : 0, each.operand);
    if (each.farTrue) put(program, JA, 0, 0, toTrue - 1);
    if (each.farFalse) put(program, JA, 0, 0, toFalse - each.trampolines());
  }

  private static void put(ByteBuffer program, int code, int ifTrue, int ifFalse, int operand) {
    program.putShort((short) code).put((byte) ifTrue).put((byte) ifFalse).putInt(operand);
  }
}
