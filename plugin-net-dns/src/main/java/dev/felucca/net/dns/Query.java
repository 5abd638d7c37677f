package dev.felucca.net.dns;

import java.util.Arrays;
import java.util.Locale;

/**
 * A question as it came (RFC 1035, RFC 6891), read no further than it must be: names in a question
 * are never compressed, so nothing is followed and nothing can loop.
 *
 * @param bytes the whole message
 * @param name in lower case, labels joined by dots, without the last one; empty for the root
 * @param questionEnd where the question ends in {@code bytes}
 * @param edns whether it has an OPT record
 * @param udpSize how much the client takes in one datagram
 */
record Query(
    byte[] bytes, String name, int type, int klass, int questionEnd, boolean edns, int udpSize) {
  static final int HEADER = 12;
  static final int A = 1;
  static final int PTR = 12;
  static final int AAAA = 28;
  static final int OPT = 41;
  static final int ANY = 255;
  static final int INTERNET = 1;
  static final int PLAIN_UDP_SIZE = 512;

  private static final int LONGEST_NAME = 255;
  private static final int LONGEST_LABEL = 63;
  private static final int MOST_RECORDS = 64;

  /** Why a message is no query to be answered. */
  static final class MalformedException extends Exception {
    private static final long serialVersionUID = 1;

    /** Nothing is to be sent back: an answer could be answered. */
    static final int IGNORE = -1;

    private final int code;

    MalformedException(int code) {
      super("response code " + code, null, false, false);
      this.code = code;
    }

    /** The response code, or {@link #IGNORE}. */
    int code() {
      return code;
    }
  }

  int id() {
    return u16(bytes, 0);
  }

  int flags() {
    return u16(bytes, 2);
  }

  static int u16(byte[] bytes, int at) {
    return (bytes[at] & 0xff) << 8 | bytes[at + 1] & 0xff;
  }

  static Query parse(byte[] bytes) throws MalformedException {
    if (bytes.length < HEADER || (bytes[2] & 0x80) != 0) {
      throw new MalformedException(MalformedException.IGNORE);
    }
    if ((bytes[2] & 0x78) != 0) {
      throw new MalformedException(Reply.NOT_IMPLEMENTED);
    }
    int others = u16(bytes, 6) + u16(bytes, 8) + u16(bytes, 10);
    if (u16(bytes, 4) != 1 || others > MOST_RECORDS) {
      throw new MalformedException(Reply.FORMAT_ERROR);
    }
    StringBuilder name = new StringBuilder();
    int at = readName(bytes, name);
    if (at + 4 > bytes.length) {
      throw new MalformedException(Reply.FORMAT_ERROR);
    }
    int questionEnd = at + 4;
    int options = findOptions(bytes, questionEnd, others);
    if (options >= 0 && bytes[options + 5] != 0) {
      throw new MalformedException(Reply.BAD_VERSION);
    }
    return new Query(
        bytes,
        name.toString().toLowerCase(Locale.ROOT),
        u16(bytes, at),
        u16(bytes, at + 2),
        questionEnd,
        options >= 0,
        options < 0 ? PLAIN_UDP_SIZE : Math.max(PLAIN_UDP_SIZE, u16(bytes, options + 2)));
  }

  private static int readName(byte[] bytes, StringBuilder name) throws MalformedException {
    int at = HEADER;
    while (at < bytes.length && bytes[at] != 0) {
      int length = bytes[at] & 0xff;
      if (length > LONGEST_LABEL
          || at + 1 + length >= bytes.length
          || at + length - HEADER + 2 > LONGEST_NAME) {
        throw new MalformedException(Reply.FORMAT_ERROR);
      }
      if (name.length() > 0) {
        name.append('.');
      }
      for (int i = at + 1; i <= at + length; i++) {
        char c = (char) (bytes[i] & 0xff);
        if (c == '.') {
          name.append('\\'); // a dot within a label is no border
        }
        name.append(c);
      }
      at += 1 + length;
    }
    if (at >= bytes.length) {
      throw new MalformedException(Reply.FORMAT_ERROR);
    }
    return at + 1;
  }

  /** Where the OPT record's type is; -1 for none. */
  private static int findOptions(byte[] bytes, int from, int records) throws MalformedException {
    int found = -1;
    int at = from;
    for (int i = 0; i < records; i++) {
      boolean root = at < bytes.length && bytes[at] == 0;
      at = skipName(bytes, at);
      if (at + 10 > bytes.length || at + 10 + u16(bytes, at + 8) > bytes.length) {
        throw new MalformedException(Reply.FORMAT_ERROR);
      }
      if (u16(bytes, at) == OPT) {
        if (!root || found >= 0) {
          throw new MalformedException(Reply.FORMAT_ERROR);
        }
        found = at;
      }
      at += 10 + u16(bytes, at + 8);
    }
    return found;
  }

  /** A compressed name ends with its pointer, whatever that points to. */
  private static int skipName(byte[] bytes, int from) throws MalformedException {
    int at = from;
    while (at < bytes.length) {
      int length = bytes[at] & 0xff;
      if (length == 0) {
        return at + 1;
      }
      if (length >= 0xc0) {
        return at + 2;
      }
      if (length > LONGEST_LABEL) {
        break;
      }
      at += 1 + length;
    }
    throw new MalformedException(Reply.FORMAT_ERROR);
  }

  /** Whether a message is an answer to this question, but for its id. */
  boolean isAnsweredBy(byte[] message, int length) {
    if (length < questionEnd || (message[2] & 0x80) == 0 || u16(message, 4) != 1) {
      return false;
    }
    for (int i = HEADER; i < questionEnd; i++) {
      if (lower(message[i]) != lower(bytes[i])) {
        return false;
      }
    }
    return true;
  }

  private static int lower(byte b) {
    return b >= 'A' && b <= 'Z' ? b + 32 : b;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Query that && Arrays.equals(bytes, that.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  @Override
  public String toString() {
    return name + " type " + type;
  }
}
