package dev.felucca.linux.nftables;

/**
 * What a part of a set's key is. The kernel compares bytes and knows lengths only; the numbers are
 * {@code nft}'s own, by which it shows a set as it was meant.
 */
public enum DataType {
  IPV4(7, 4, true),
  IPV6(8, 16, true),
  PROTOCOL(12, 1, false),
  PORT(13, 2, true),
  INTERFACE(41, 16, false);

  private static final int BITS = 6;

  private final int number;
  private final int length;
  private final boolean bigEndian;

  DataType(int number, int length, boolean bigEndian) {
    this.number = number;
    this.length = length;
    this.bigEndian = bigEndian;
  }

  int length() {
    return length;
  }

  /** Parts of a concatenation begin at four byte boundaries. */
  int padded() {
    return length + 3 & ~3;
  }

  static int length(DataType... types) {
    if (types.length == 1) {
      return types[0].length;
    }
    int sum = 0;
    for (DataType type : types) {
      sum += type.padded();
    }
    return sum;
  }

  static int number(DataType... types) {
    int number = 0;
    for (DataType type : types) {
      number = number << BITS | type.number;
    }
    return number;
  }

  /** In {@code nft}'s words: 0 for concatenations, 1 for host order, 2 for network order. */
  static int byteOrder(DataType... types) {
    return types.length != 1 ? 0 : types[0].bigEndian ? 2 : 1;
  }
}
