package dev.felucca.linux.layer;

/** The number fields of tar headers: octal digits, or base-256 with the first bit set. */
final class TarNumbers {
  private TarNumbers() {}

  /** A field that may be negative in base-256 only: times. */
  static long signed(byte[] block, int offset, int length) throws InvalidLayerException {
    int first = block[offset] & 0xff;
    if ((first & 0x80) == 0) {
      return octal(block, offset, length);
    }
    boolean negative = (first & 0x40) != 0;
    long value = negative ? -1 : 0;
    for (int i = 0; i < length; i++) {
      int digit = block[offset + i] & 0xff;
      if (i == 0) {
        digit = negative ? digit : digit & 0x7f;
      }
      long top = value >> 55;
      if (top != 0 && top != -1) {
        throw new InvalidLayerException("number in tar header is too large");
      }
      value = value << 8 | digit;
    }
    return value;
  }

  static long natural(byte[] block, int offset, int length) throws InvalidLayerException {
    long value = signed(block, offset, length);
    if (value < 0) {
      throw new InvalidLayerException("negative number in tar header");
    }
    return value;
  }

  private static long octal(byte[] block, int offset, int length) throws InvalidLayerException {
    int at = offset;
    int end = offset + length;
    while (at < end && (block[at] == ' ' || block[at] == 0)) {
      at++;
    }
    long value = 0;
    for (; at < end && block[at] != 0 && block[at] != ' '; at++) {
      int digit = block[at] - '0';
      if (digit < 0 || digit > 7 || value >>> 60 != 0) {
        throw new InvalidLayerException("damaged number in tar header");
      }
      value = value << 3 | digit;
    }
    return value;
  }

  /** A decimal number as PAX records have it. */
  static long decimal(String text) throws InvalidLayerException {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new InvalidLayerException("not a number in a PAX record: " + RawName.display(text), e);
    }
  }

  static long naturalDecimal(String text) throws InvalidLayerException {
    long value = decimal(text);
    if (value < 0) {
      throw new InvalidLayerException("negative number in a PAX record: " + value);
    }
    return value;
  }

  /** Seconds with a fraction, which may be negative: {@code -1.25} is 0.75 s after second -2. */
  static FileStat.Time time(String text) throws InvalidLayerException {
    int dot = text.indexOf('.');
    if (dot < 0) {
      return new FileStat.Time(decimal(text), 0);
    }
    String whole = text.substring(0, dot);
    String fraction = (text.substring(dot + 1) + "000000000").substring(0, 9);
    long seconds = whole.isEmpty() || whole.equals("-") ? 0 : decimal(whole);
    int nanos = (int) naturalDecimal(fraction);
    if (text.startsWith("-") && nanos > 0) {
      return new FileStat.Time(seconds - 1, 1_000_000_000 - nanos);
    }
    return new FileStat.Time(seconds, nanos);
  }
}
