package dev.felucca.linux;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** One system call of a program, and where to go on after it. */
public final class Step {
  private final int index;
  private final @Nullable Sysno nr;
  private final List<Arg> args;
  private @Nullable Label onError;
  private @Nullable Label onZero;
  private @Nullable Step storeStep;
  private int storeArg;
  private Arg.@Nullable Address storeAddress;
  private boolean reported;

  Step(int index, @Nullable Sysno nr, List<Arg> args, @Nullable Label onFailure) {
    if (args.size() > 6) {
      throw new IllegalArgumentException("a system call takes six arguments, not " + args.size());
    }
    this.index = index;
    this.nr = nr;
    this.args = new ArrayList<>(args);
    this.onError = onFailure;
    this.reported = onFailure != null;
  }

  public int index() {
    return index;
  }

  /** An error goes on with the next step. */
  public Step ignoringErrors() {
    onError = null;
    reported = false;
    return this;
  }

  /** An error is expected and goes on there; it is not what a failed program reports. */
  public Step onError(Label there) {
    onError = there;
    reported = false;
    return this;
  }

  /** The result 0 goes on there: the child's side of a clone, an end of file. */
  public Step onZero(Label there) {
    onZero = there;
    return this;
  }

  /** The result, whatever it is, becomes an argument of another step. */
  public Step storeInto(Step other, int arg) {
    storeStep = other;
    storeArg = arg;
    other.args.set(arg, Arg.from(this));
    return this;
  }

  /** The result, whatever it is, is put there, 8 bytes. */
  public Step storeInto(Arg.Address address) {
    storeAddress = address;
    return this;
  }

  /** Gives the step another argument before the program is built. */
  public Step replace(int arg, Arg value) {
    args.set(arg, value);
    return this;
  }

  @Nullable Sysno nr() {
    return nr;
  }

  List<Arg> args() {
    return args;
  }

  @Nullable Label errorLabel() {
    return onError;
  }

  @Nullable Label zeroLabel() {
    return onZero;
  }

  @Nullable Step storeStep() {
    return storeStep;
  }

  int storeArg() {
    return storeArg;
  }

  Arg.@Nullable Address storeAddress() {
    return storeAddress;
  }

  boolean reported() {
    return reported;
  }

  /** The call as a person writes it: {@code mount(overlay, /x, …)}. */
  public String call() {
    String name = nr == null ? "return" : nr.callName();
    return name + args.stream().map(Arg::toString).collect(Collectors.joining(", ", "(", ")"));
  }

  /** The call and where it leads. */
  @Override
  public String toString() {
    StringBuilder line = new StringBuilder(call());
    if (storeAddress != null) {
      line.append(" = ").append(storeAddress);
    }
    if (onZero != null) {
      line.append("; 0: ").append(onZero);
    }
    if (onError != null && !reported) {
      line.append("; error: ").append(onError);
    }
    if (onError == null && nr != null && onZero == null) {
      line.append("; errors ignored");
    }
    return line.toString();
  }
}
