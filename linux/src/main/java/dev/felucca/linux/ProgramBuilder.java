package dev.felucca.linux;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes a syscall program: steps, which run in order, and the data they point to. Pure: nothing is
 * called and no address is decided before {@link Program#image}.
 */
public final class ProgramBuilder {
  private static final int SHOWN = 120;

  private final Arch arch;
  private final List<Step> steps = new ArrayList<>();
  private final List<Label> labels = new ArrayList<>();
  private final Map<Integer, Integer> pointers = new HashMap<>();
  private final Map<Integer, Program.Slot> slots = new HashMap<>();
  private final Map<String, Arg.Address> texts = new HashMap<>();
  private ByteBuffer data = ByteBuffer.allocate(2048).order(ByteOrder.LITTLE_ENDIAN);
  private int size;
  private @Nullable Label onFailure;

  public ProgramBuilder(Arch arch) {
    this.arch = arch;
  }

  public Arch arch() {
    return arch;
  }

  /**
   * From here on a step that fails goes on there and is what the program reports; null ends that.
   */
  public ProgramBuilder onFailure(@Nullable Label there) {
    onFailure = there;
    return this;
  }

  /** The next step is the one that the label means. */
  public void mark(Label label) {
    label.mark(steps.size());
    labels.add(label);
  }

  /**
   * Adds a call.
   *
   * @throws UnsupportedOperationException when the architecture has no such call
   */
  public Step step(Sysno nr, Arg... args) {
    nr.number(arch);
    Step step = new Step(steps.size(), nr, Arrays.asList(args), onFailure);
    steps.add(step);
    return step;
  }

  /** Ends a program that was called as a function. */
  public Step end(long value) {
    Step step = new Step(steps.size(), null, List.of(Arg.n(value)), null);
    steps.add(step);
    return step;
  }

  /** Goes on elsewhere. There is no such call: close(-1) always fails, and fails at once. */
  public Step jump(Label there) {
    return step(Sysno.CLOSE, Arg.n(-1)).onError(there);
  }

  /** NUL-terminated UTF-8, kept once however often it is asked for: steps must not write to it. */
  public Arg.Address text(String text) {
    Arg.Address known = texts.get(text);
    if (known == null) {
      byte[] bytes = NativeMemory.encode(text);
      known = put(Arrays.copyOf(bytes, bytes.length + 1), 1, shown(text));
      texts.put(text, known);
    }
    return known;
  }

  /** Text that says nothing in a listing, such as secrets in an environment. */
  public Arg.Address texts(List<String> texts, String shown) {
    Arg.Address vector = space(8 * (texts.size() + 1), shown);
    for (int i = 0; i < texts.size(); i++) {
      pointer(vector.plus(8 * i), text(texts.get(i)));
    }
    return vector;
  }

  /** A copy of the bytes, aligned to 8. */
  public Arg.Address bytes(byte[] bytes, String shown) {
    return put(bytes, 8, shown);
  }

  /** Zeros that steps may write to, aligned to 8. */
  public Arg.Address space(int length, String shown) {
    return put(new byte[length], 8, shown);
  }

  /** Eight bytes holding the value. */
  public Arg.Address cell(long value, String shown) {
    Arg.Address cell = space(8, shown);
    data.putLong(cell.offset(), value);
    return cell;
  }

  public void putInt(Arg.Address at, int value) {
    data.putInt(at.offset(), value);
  }

  public void putLong(Arg.Address at, long value) {
    data.putLong(at.offset(), value);
  }

  /** Puts the address of {@code target} there. */
  public void pointer(Arg.Address at, Arg.Address target) {
    pointers.put(at.offset(), target.offset());
  }

  /** Puts the address of an argument of {@code step} there: a step may read new values into it. */
  public void pointer(Arg.Address at, Step step, int arg) {
    slots.put(at.offset(), new Program.Slot(step.index(), arg));
  }

  /** The finished program. */
  public Program build() {
    byte[] bytes = Arrays.copyOf(data.array(), (size + 15) & -16);
    return new Program(
        arch,
        bytes,
        Map.copyOf(pointers),
        Map.copyOf(slots),
        List.copyOf(steps),
        List.copyOf(labels));
  }

  private Arg.Address put(byte[] bytes, int alignment, String shown) {
    int at = (size + alignment - 1) & -alignment;
    int end = at + bytes.length;
    if (end > data.capacity() - 16) {
      ByteBuffer larger = ByteBuffer.allocate(Math.max(2 * data.capacity(), end + 16));
      larger.put(data.array(), 0, size);
      data = larger.order(ByteOrder.LITTLE_ENDIAN);
    }
    data.put(at, bytes);
    size = end;
    return new Arg.Address(at, shown);
  }

  private static String shown(String text) {
    String plain = text.replace("\n", "\\n");
    return plain.length() <= SHOWN ? plain : plain.substring(0, SHOWN) + "…";
  }
}
