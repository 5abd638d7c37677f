package dev.felucca.linux;

/** An argument of a step of a syscall program. */
public sealed interface Arg {
  /** A number, shown as {@code shown}. */
  record Value(long value, String shown) implements Arg {
    @Override
    public String toString() {
      return shown;
    }
  }

  /** The address of something in the program's data. */
  record Address(int offset, String shown) implements Arg {
    /** The address {@code bytes} further on. */
    public Address plus(int bytes) {
      return new Address(offset + bytes, shown + "+" + bytes);
    }

    @Override
    public String toString() {
      return shown;
    }
  }

  /** The address of an argument of a step, 8 bytes. */
  record Argument(Step step, int arg) implements Arg {
    @Override
    public String toString() {
      return "&#" + step.index() + "." + arg;
    }
  }

  /** The address of the table of steps itself. */
  record Table() implements Arg {
    @Override
    public String toString() {
      return "&table";
    }
  }

  /** How many bytes the table has. */
  record TableSize() implements Arg {
    @Override
    public String toString() {
      return "sizeof table";
    }
  }

  /** A null pointer, or a 0 that means nothing. */
  Arg NULL = new Value(0, "NULL");

  /** To be filled in by an earlier step, see {@link Step#storeInto}. */
  static Arg from(Step earlier) {
    return new Value(-1, "#" + earlier.index());
  }

  /** A number. */
  static Arg n(long value) {
    return new Value(value, Long.toString(value));
  }

  /** A number of which the bits matter. */
  static Arg hex(long value) {
    return new Value(value, "0x" + Long.toHexString(value));
  }

  /** A file mode. */
  static Arg mode(long value) {
    return new Value(value, "0" + Long.toOctalString(value));
  }

  /** A number that has a name. */
  static Arg named(long value, String name) {
    return new Value(value, name);
  }
}
