package dev.felucca.net.link;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.kernel.EngineException;
import java.util.Comparator;
import java.util.Locale;

/** An exposed port. TCP comes before all others, then the lower number: the first is the port. */
record Port(int number, String protocol) implements Comparable<Port> {
  private static final Comparator<Port> ORDER =
      Comparator.comparing((Port port) -> !port.protocol.equals("tcp"))
          .thenComparing(Port::protocol)
          .thenComparingInt(Port::number);

  /** Reads {@code 5432/tcp}. */
  static Port parse(String text) {
    int slash = text.indexOf('/');
    try {
      return new Port(
          Integer.parseInt(slash < 0 ? text : text.substring(0, slash)),
          slash < 0 ? "tcp" : text.substring(slash + 1));
    } catch (NumberFormatException e) {
      throw new EngineException(INVALID, "invalid port specification: \"" + text + "\"", e);
    }
  }

  /** {@code 5432_TCP}, as it is in names of variables. */
  String word() {
    return number + "_" + protocol.toUpperCase(Locale.ROOT);
  }

  String url(String address) {
    return protocol + "://" + address + ":" + number;
  }

  @Override
  public int compareTo(Port other) {
    return ORDER.compare(this, other);
  }
}
