package dev.felucca.engine.image;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.zip.ZipException;

/**
 * Reads bzip2. Written here because archives packed with it are rare, and the library that reads
 * them brings three others along into every engine.
 */
final class Bzip2Stream extends InputStream {
  private static final long BLOCK_MAGIC = 0x314159265359L;
  private static final long END_MAGIC = 0x177245385090L;
  private static final int GROUP = 50;
  private static final int LONGEST_CODE = 20;
  private static final int RUN_A = 0;
  private static final int RUN_B = 1;

  private final Bits bits;
  private final int[] next;
  private final byte[] bytes;
  private int blockSize;
  private boolean ended;
  private int left;
  private int place;
  private int last = -1;
  private int same;
  private int repeats;
  private int crc;
  private int blockCrc;
  private int streamCrc;

  Bzip2Stream(InputStream in) throws IOException {
    bits = new Bits(in);
    begin(bits.read(16));
    next = new int[900_000];
    bytes = new byte[900_000];
    block();
  }

  private void begin(int magic) throws IOException {
    int marks = bits.read(16);
    int level = (marks & 0xff) - '0';
    if (magic != ('B' << 8 | 'Z') || marks >> 8 != 'h' || level < 1 || level > 9) {
      throw new ZipException("not in bzip2 format");
    }
    blockSize = level * 100_000;
    streamCrc = 0;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] into, int from, int length) throws IOException {
    int at = from;
    while (at < from + length) {
      if (repeats > 0) {
        repeats--;
        into[at++] = emit(last);
      } else if (left > 0) {
        int value = step();
        if (same == 4) {
          same = 0;
          repeats = value;
          continue;
        }
        same = value == last ? same + 1 : 1;
        last = value;
        into[at++] = emit(value);
      } else if (ended || !blockEnds()) {
        break;
      }
    }
    return at == from && length > 0 ? -1 : at - from;
  }

  private int step() {
    place = next[place];
    int value = place & 0xff;
    place >>>= 8;
    left--;
    return value;
  }

  private byte emit(int value) {
    crc = crc << 8 ^ CRC[(crc >>> 24 ^ value) & 0xff];
    return (byte) value;
  }

  /** False at the end of everything. */
  private boolean blockEnds() throws IOException {
    if (~crc != blockCrc) {
      throw new ZipException("bzip2 data has a wrong checksum");
    }
    streamCrc = (streamCrc << 1 | streamCrc >>> 31) ^ blockCrc;
    return block();
  }

  private boolean block() throws IOException {
    while (true) {
      long magic = (long) bits.read(24) << 24 | bits.read(24);
      int sum = bits.read(16) << 16 | bits.read(16);
      if (magic == BLOCK_MAGIC) {
        blockCrc = sum;
        crc = -1;
        last = -1;
        same = 0;
        repeats = 0;
        decode();
        return true;
      }
      if (magic != END_MAGIC || sum != streamCrc) {
        throw new ZipException("bzip2 data is damaged");
      }
      // Parallel compressors write one stream behind the other.
      int again = bits.next();
      if (again < 0) {
        ended = true;
        return false;
      }
      begin(again);
    }
  }

  private void decode() throws IOException {
    if (bits.read(1) != 0) {
      throw new ZipException("bzip2 data of a randomised kind, which nobody writes any more");
    }
    int origin = bits.read(24);
    byte[] symbols = new byte[256];
    int used = 0;
    int map = bits.read(16);
    for (int i = 0; i < 16; i++) {
      if ((map >> 15 - i & 1) != 0) {
        int part = bits.read(16);
        for (int j = 0; j < 16; j++) {
          if ((part >> 15 - j & 1) != 0) {
            symbols[used++] = (byte) (i * 16 + j);
          }
        }
      }
    }
    int tables = bits.read(3);
    int selectors = bits.read(15);
    if (used == 0 || tables < 2 || tables > 6 || selectors == 0) {
      throw new ZipException("bzip2 data is damaged");
    }
    byte[] selector = selectors(tables, selectors);
    Code[] codes = new Code[tables];
    for (int t = 0; t < tables; t++) {
      codes[t] = code(used + 2);
    }
    int count = symbols(codes, selector, symbols, used + 1);
    if (origin >= count) {
      throw new ZipException("bzip2 data is damaged");
    }
    chain(count);
    left = count;
    place = next[origin] >>> 8;
  }

  private byte[] selectors(int tables, int selectors) throws IOException {
    byte[] order = {0, 1, 2, 3, 4, 5};
    byte[] selector = new byte[selectors];
    for (int i = 0; i < selectors; i++) {
      int position = 0;
      while (bits.read(1) != 0) {
        if (++position >= tables) {
          throw new ZipException("bzip2 data is damaged");
        }
      }
      byte chosen = order[position];
      System.arraycopy(order, 0, order, 1, position);
      order[0] = chosen;
      selector[i] = chosen;
    }
    return selector;
  }

  /** A canonical Huffman code. */
  private record Code(int[] limit, int[] base, int[] symbols, int shortest) {}

  private Code code(int size) throws IOException {
    int[] lengths = new int[size];
    int length = bits.read(5);
    for (int i = 0; i < size; i++) {
      while (bits.read(1) != 0) {
        length += bits.read(1) == 0 ? 1 : -1;
      }
      if (length < 1 || length > LONGEST_CODE) {
        throw new ZipException("bzip2 data is damaged");
      }
      lengths[i] = length;
    }
    int[] limit = new int[LONGEST_CODE + 1];
    int[] base = new int[LONGEST_CODE + 1];
    int[] symbols = new int[size];
    int shortest = LONGEST_CODE;
    int code = 0;
    int at = 0;
    for (int bits = 1; bits <= LONGEST_CODE; bits++) {
      base[bits] = at - code;
      for (int i = 0; i < size; i++) {
        if (lengths[i] == bits) {
          shortest = Math.min(shortest, bits);
          symbols[at++] = i;
          code++;
        }
      }
      limit[bits] = code - 1;
      code <<= 1;
    }
    return new Code(limit, base, symbols, shortest);
  }

  private int symbols(Code[] codes, byte[] selector, byte[] symbols, int end) throws IOException {
    int count = 0;
    int group = 0;
    int inGroup = 0;
    long run = 0;
    long weight = 1;
    Code code = codes[0];
    while (true) {
      if (inGroup == 0) {
        if (group == selector.length) {
          throw new ZipException("bzip2 data is damaged");
        }
        code = codes[selector[group++]];
        inGroup = GROUP;
      }
      inGroup--;
      int symbol = symbol(code);
      if (symbol == RUN_A || symbol == RUN_B) {
        run += symbol == RUN_A ? weight : 2 * weight;
        weight <<= 1;
        if (run > blockSize) {
          throw new ZipException("bzip2 data is damaged");
        }
        continue;
      }
      if (count + run + (symbol == end ? 0 : 1) > blockSize) {
        throw new ZipException("bzip2 data is damaged");
      }
      Arrays.fill(bytes, count, count + (int) run, symbols[0]);
      count += (int) run;
      run = 0;
      weight = 1;
      if (symbol == end) {
        return count;
      }
      int position = symbol - 1;
      byte value = symbols[position];
      System.arraycopy(symbols, 0, symbols, 1, position);
      symbols[0] = value;
      bytes[count++] = value;
    }
  }

  private int symbol(Code code) throws IOException {
    int value = bits.read(code.shortest());
    for (int length = code.shortest(); length <= LONGEST_CODE; length++) {
      if (value <= code.limit()[length]) {
        int at = value + code.base()[length];
        if (at >= 0 && at < code.symbols().length) {
          return code.symbols()[at];
        }
        break;
      }
      value = value << 1 | bits.read(1);
    }
    throw new ZipException("bzip2 data is damaged");
  }

  /**
   * The inverse of the Burrows-Wheeler transform: each place with the byte there and its follower.
   */
  private void chain(int count) {
    int[] starts = new int[257];
    for (int i = 0; i < count; i++) {
      starts[(bytes[i] & 0xff) + 1]++;
    }
    for (int i = 0; i < 256; i++) {
      starts[i + 1] += starts[i];
    }
    Arrays.fill(next, 0, count, 0);
    for (int i = 0; i < count; i++) {
      next[starts[bytes[i] & 0xff]++] |= i << 8;
    }
    for (int i = 0; i < count; i++) {
      next[i] |= bytes[i] & 0xff;
    }
  }

  @Override
  public void close() throws IOException {
    bits.in.close();
  }

  private static final int[] CRC = new int[256];

  static {
    for (int i = 0; i < 256; i++) {
      int value = i << 24;
      for (int bit = 0; bit < 8; bit++) {
        value = value << 1 ^ (value < 0 ? 0x04c11db7 : 0);
      }
      CRC[i] = value;
    }
  }

  /** Bits, the highest of a byte first. */
  private static final class Bits {
    private final InputStream in;
    private long held;
    private int count;

    Bits(InputStream in) {
      this.in = new BufferedInputStream(in, 1 << 16);
    }

    int read(int wanted) throws IOException {
      while (count < wanted) {
        int one = in.read();
        if (one < 0) {
          throw new EOFException("bzip2 data ends early");
        }
        held = held << 8 | one;
        count += 8;
      }
      count -= wanted;
      return (int) (held >>> count & (1L << wanted) - 1);
    }

    /** The first two bytes after those that are begun, or -1 at the end. */
    int next() throws IOException {
      count -= count % 8;
      if (count == 0) {
        int one = in.read();
        if (one < 0) {
          return -1;
        }
        held = held << 8 | one;
        count = 8;
      }
      return read(16);
    }
  }
}
