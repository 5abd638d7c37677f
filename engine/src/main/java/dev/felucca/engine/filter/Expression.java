package dev.felucca.engine.filter;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.kernel.EngineException;
import java.util.BitSet;

/**
 * A regular expression of a client's, as Go has them. Java's own would do but for one thing: they
 * may take for ever, or all of a stack, with a text of some fifty letters. This one follows all
 * places of the text at once, and gives up where the steps become too many. RE2/J 1.8 is quick with
 * any text, but a client's expression has it fill the heap ({@code ((a{1000}){1000}){1000}}) or
 * overflow the stack (some thousand groups).
 */
public final class Expression {
  /** Far more than a sensible expression takes for a name; some milliseconds. */
  private static final int MOST_STEPS = 1_000_000;

  private final ExpressionReader.Part whole;
  private final String shown;

  /**
   * INVALID for what is none.
   *
   * @param shown as a refusal names it
   */
  public Expression(String regex, String shown) {
    this.shown = shown;
    try {
      whole = new ExpressionReader(regex).whole();
    } catch (IllegalArgumentException e) {
      throw new EngineException(INVALID, "invalid filter '" + shown + "'", e);
    }
  }

  /** Whether it is found in the text; INVALID when that takes too long to tell. */
  public boolean finds(String text) {
    BitSet starts = new BitSet();
    starts.set(0, text.length() + 1);
    return !ends(starts, text).isEmpty();
  }

  /** Whether it is all of the text; INVALID when that takes too long to tell. */
  public boolean matches(String text) {
    BitSet start = new BitSet();
    start.set(0);
    return ends(start, text).get(text.length());
  }

  private BitSet ends(BitSet starts, String text) {
    try {
      return whole.ends(starts, new Text(text));
    } catch (TooManySteps e) {
      throw new EngineException(INVALID, "invalid filter '" + shown + "': it takes too long", e);
    }
  }

  private static final class TooManySteps extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  /** A text, and how often it may still be looked at. */
  static final class Text {
    final String letters;
    private int left = MOST_STEPS;

    Text(String letters) {
      this.letters = letters;
    }

    /** Says that so many places are looked at. */
    void step(int places) {
      left -= places + 1;
      if (left < 0) {
        throw new TooManySteps();
      }
    }
  }
}
