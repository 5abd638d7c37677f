package dev.felucca.isolation.linux.init;

import static dev.felucca.linux.Arg.n;

import dev.felucca.isolation.program.ReaperProgram;
import dev.felucca.isolation.shim.ShimFds;
import dev.felucca.isolation.shim.StatusFile;
import dev.felucca.isolation.user.ResolvedUser;
import dev.felucca.linux.Arg;
import dev.felucca.linux.ProgramBuilder;
import dev.felucca.linux.Step;
import dev.felucca.linux.Sysno;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Values that are known only when the container's root is mounted and its passwd can be read: the
 * process reads them from the status file straight into the arguments and data of its later steps.
 */
public final class Parameters {
  /** Where in the status file the values are. */
  public static final int OFFSET = StatusFile.PARAMETERS;

  /** More supplementary groups than this are refused. */
  public static final int MAX_GROUPS = 256;

  /** A longer home directory is refused. */
  public static final int MAX_HOME = ReaperProgram.MAX_HOME;

  private static final int CAPABILITY_DATA = 24;

  private interface Value {
    void put(ByteBuffer into, ResolvedUser user, long capabilities);
  }

  private record Entry(Target target, int length, Value value) {}

  private interface Target {
    void point(ProgramBuilder builder, Arg.Address at);
  }

  private final List<Entry> entries = new ArrayList<>();

  /** The argument is the user's id. */
  void uid(Step step, int arg) {
    slot(step, arg, "uid", (into, user, caps) -> into.putLong(user.uid()));
  }

  /** The argument is the user's group. */
  void gid(Step step, int arg) {
    slot(step, arg, "gid", (into, user, caps) -> into.putLong(user.gid()));
  }

  /** The argument is the number of supplementary groups. */
  void groupCount(Step step, int arg) {
    slot(step, arg, "count", (into, user, caps) -> into.putLong(user.groups().size()));
  }

  /** Room for the supplementary groups. */
  Arg.Address groups(ProgramBuilder builder) {
    return data(
        builder,
        4 * MAX_GROUPS,
        "groups",
        (into, user, caps) -> user.groups().forEach(into::putInt));
  }

  /** {@code HOME=…} for the environment. */
  Arg.Address home(ProgramBuilder builder) {
    return data(
        builder,
        MAX_HOME + 8,
        "HOME=…",
        (into, user, caps) -> into.put(("HOME=" + user.home()).getBytes(StandardCharsets.UTF_8)));
  }

  /** cap_user_data_t of capset(2): root has them all, others only what their programs bring. */
  Arg.Address capabilities(ProgramBuilder builder) {
    return data(
        builder,
        CAPABILITY_DATA,
        "capabilities",
        (into, user, caps) -> {
          long held = user.uid() == 0 ? caps : 0;
          into.putInt((int) held).putInt((int) held).putInt(0);
          into.putInt((int) (held >>> 32)).putInt((int) (held >>> 32)).putInt(0);
        });
  }

  /** The step that reads them, to be put before those that use them: see {@link #fill}. */
  Step read(ProgramBuilder builder) {
    return builder.step(Sysno.PREADV, n(ShimFds.STATUS), Arg.NULL, Arg.NULL, n(OFFSET), n(0));
  }

  /** Completes the reading step, once all the others are there. */
  void fill(ProgramBuilder builder, Step read) {
    Arg.Address vector = builder.space(16 * entries.size(), "parameters");
    for (int i = 0; i < entries.size(); i++) {
      Arg.Address at = vector.plus(16 * i);
      entries.get(i).target.point(builder, at);
      builder.putLong(at.plus(8), entries.get(i).length);
    }
    read.replace(1, vector);
    read.replace(2, n(entries.size()));
  }

  /**
   * The bytes that are to be at {@link #OFFSET}.
   *
   * @param capabilities those that a root user gets
   */
  public byte[] message(ResolvedUser user, long capabilities) {
    int length = entries.stream().mapToInt(Entry::length).sum();
    ByteBuffer message = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    int at = 0;
    for (Entry entry : entries) {
      entry.value.put(message.position(at), user, capabilities);
      at += entry.length;
    }
    return message.array();
  }

  private void slot(Step step, int arg, String shown, Value value) {
    step.replace(arg, Arg.named(0, shown));
    entries.add(new Entry((builder, at) -> builder.pointer(at, step, arg), 8, value));
  }

  private Arg.Address data(ProgramBuilder builder, int length, String shown, Value value) {
    Arg.Address data = builder.space(length, shown);
    entries.add(new Entry((b, at) -> b.pointer(at, data), length, value));
    return data;
  }
}
