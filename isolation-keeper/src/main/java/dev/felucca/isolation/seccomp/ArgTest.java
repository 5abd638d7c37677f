package dev.felucca.isolation.seccomp;

/**
 * A comparison of one argument, unsigned.
 *
 * @param index 0 to 5
 * @param value the operand; the mask of MASKED_EQ
 * @param valueTwo only for MASKED_EQ: what the masked argument must equal
 */
public record ArgTest(int index, long value, long valueTwo, Operator operator) {
  public ArgTest {
    if (index < 0 || index > 5) {
      throw new IllegalArgumentException("a system call has arguments 0 to 5, not " + index);
    }
  }

  /** How the argument (left) compares to the value (right). */
  public enum Operator {
    NE,
    LT,
    LE,
    EQ,
    GE,
    GT,
    MASKED_EQ;

    /** As a profile spells it. */
    public String profileName() {
      return "SCMP_CMP_" + name();
    }
  }
}
