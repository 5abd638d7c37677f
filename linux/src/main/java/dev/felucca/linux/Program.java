package dev.felucca.linux;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A finished syscall program: data, then the table of steps, at whatever address {@link #image} is
 * told. Immutable; it may be run many times.
 */
public final class Program {
  /** What a step's result is before it ran. */
  static final long NOT_RUN = 0x7ffffffffffffff0L;

  /** An argument of a step as a place in memory. */
  record Slot(int step, int arg) {}

  private final Arch arch;
  private final byte[] data;
  private final Map<Integer, Integer> pointers;
  private final Map<Integer, Slot> slots;
  private final List<Step> steps;
  private final List<Label> labels;

  Program(
      Arch arch,
      byte[] data,
      Map<Integer, Integer> pointers,
      Map<Integer, Slot> slots,
      List<Step> steps,
      List<Label> labels) {
    this.arch = arch;
    this.data = data;
    this.pointers = pointers;
    this.slots = slots;
    this.steps = steps;
    this.labels = labels;
  }

  public Arch arch() {
    return arch;
  }

  /** How many bytes an image has. */
  public int size() {
    return data.length + tableSize();
  }

  /** Where the first step is in an image. */
  public int tableOffset() {
    return data.length;
  }

  public int tableSize() {
    return Interpreter.STEP_SIZE * steps.size();
  }

  /** The bytes as they must lie at {@code base}, which is a multiple of 16. */
  public byte[] image(long base) {
    ByteBuffer image = ByteBuffer.allocate(size()).order(ByteOrder.LITTLE_ENDIAN);
    image.put(data);
    pointers.forEach((at, target) -> image.putLong(at, base + target));
    slots.forEach((at, slot) -> image.putLong(at, argument(slot.step, slot.arg, base)));
    for (Step step : steps) {
      Sysno nr = step.nr();
      image.putLong(nr == null ? -1 : nr.number(arch));
      for (int i = 0; i < 6; i++) {
        image.putLong(i < step.args().size() ? value(step.args().get(i), base) : 0);
      }
      image.putLong(storeTarget(step, base));
      image.putLong(target(step.errorLabel(), base));
      image.putLong(target(step.zeroLabel(), base));
      image.putLong(NOT_RUN);
      image.putLong(0);
    }
    return image.array();
  }

  /** The result of a step in a table that has been run. */
  public static long result(byte[] table, Step step) {
    return ByteBuffer.wrap(table)
        .order(ByteOrder.LITTLE_ENDIAN)
        .getLong(Interpreter.STEP_SIZE * step.index() + Interpreter.RESULT_OFFSET);
  }

  /** Whether a step ran at all. */
  public static boolean ran(byte[] table, Step step) {
    return result(table, step) != NOT_RUN;
  }

  /** The first step that failed and was to be reported, from a table that has been run. */
  public Optional<ProgramFailure> failure(byte[] table) {
    if (table.length != tableSize()) {
      throw new IllegalArgumentException(
          "a table of %d bytes, not %d".formatted(table.length, tableSize()));
    }
    for (Step step : steps) {
      long result = result(table, step);
      if (step.reported() && Errno.failed(result)) {
        return Optional.of(new ProgramFailure(step, Errno.of(result)));
      }
    }
    return Optional.empty();
  }

  public List<Step> steps() {
    return steps;
  }

  /** One line a step, with its number and labels, for people and golden files. */
  public List<String> listing() {
    List<String> lines = new ArrayList<>(steps.size() + labels.size());
    for (Step step : steps) {
      for (Label label : labels) {
        if (label.marks(step.index())) {
          lines.add(label + ":");
        }
      }
      lines.add("%4d  %s".formatted(step.index(), step));
    }
    return lines;
  }

  private long value(Arg arg, long base) {
    if (arg instanceof Arg.Value number) {
      return number.value();
    }
    if (arg instanceof Arg.Address address) {
      return base + address.offset();
    }
    if (arg instanceof Arg.Argument argument) {
      return argument(argument.step().index(), argument.arg(), base);
    }
    return arg instanceof Arg.Table ? base + tableOffset() : tableSize();
  }

  private long storeTarget(Step step, long base) {
    Step other = step.storeStep();
    if (other != null) {
      return argument(other.index(), step.storeArg(), base);
    }
    Arg.Address address = step.storeAddress();
    return address == null ? 0 : base + address.offset();
  }

  private long argument(int step, int arg, long base) {
    return address(step, base) + 8 + 8L * arg;
  }

  private long target(@Nullable Label label, long base) {
    return label == null ? 0 : address(label.step(), base);
  }

  private long address(int step, long base) {
    return base + tableOffset() + (long) Interpreter.STEP_SIZE * step;
  }
}
