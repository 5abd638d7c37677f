package dev.felucca.linux;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Scratch memory outside the heap, for what system calls take by address. Everything allocated
 * lives until {@link #close}, which frees it all; addresses must not be used afterwards.
 * Allocations are zeroed and aligned to 16 bytes. Not safe for several threads.
 */
public final class NativeMemory implements AutoCloseable {
  private static final int CHUNK = 4096;

  private record Chunk(long address, int size) {}

  private final List<Chunk> chunks = new ArrayList<>(1);
  private int used;
  private boolean closed;

  /** The address of {@code size} zero bytes. */
  public long allocate(int size) {
    if (closed) {
      throw new IllegalStateException("native memory is closed");
    }
    if (size < 0) {
      throw new IllegalArgumentException("negative size " + size);
    }
    int rounded = Math.addExact(Math.max(size, 1), 15) & -16;
    if (chunks.isEmpty() || last().size - used < rounded) {
      int length = Math.max(CHUNK, rounded);
      long address = Native.malloc(length);
      if (address == 0) {
        throw new OutOfMemoryError("malloc of " + length + " bytes");
      }
      chunks.add(new Chunk(address, length));
      used = 0;
      new Pointer(address).clear(length);
    }
    long address = last().address + used;
    used += rounded;
    return address;
  }

  /** A copy of the bytes. */
  public long bytes(byte[] bytes) {
    long address = allocate(bytes.length);
    new Pointer(address).write(0, bytes, 0, bytes.length);
    return address;
  }

  /**
   * A NUL-terminated copy in UTF-8.
   *
   * @throws IllegalArgumentException when the text itself contains a NUL, which would cut it short
   */
  public long string(String text) {
    byte[] bytes = encode(text);
    long address = allocate(bytes.length + 1);
    new Pointer(address).write(0, bytes, 0, bytes.length);
    return address;
  }

  /** A null-terminated vector of strings, as execve(2) takes. */
  public long strings(List<String> texts) {
    long vector = allocate(8 * (texts.size() + 1));
    for (int i = 0; i < texts.size(); i++) {
      putLong(vector + 8L * i, string(texts.get(i)));
    }
    return vector;
  }

  /** The values one after the other, 4 bytes each. */
  public long ints(int... values) {
    long address = allocate(4 * values.length);
    new Pointer(address).write(0, values, 0, values.length);
    return address;
  }

  /** The values one after the other, 8 bytes each. */
  public long longs(long... values) {
    long address = allocate(8 * values.length);
    new Pointer(address).write(0, values, 0, values.length);
    return address;
  }

  public byte[] read(long address, int length) {
    return at(address, length).getByteArray(0, length);
  }

  public byte getByte(long address) {
    return at(address, 1).getByte(0);
  }

  public short getShort(long address) {
    return at(address, 2).getShort(0);
  }

  public int getInt(long address) {
    return at(address, 4).getInt(0);
  }

  public long getLong(long address) {
    return at(address, 8).getLong(0);
  }

  public void put(long address, byte[] bytes) {
    at(address, bytes.length).write(0, bytes, 0, bytes.length);
  }

  public void putByte(long address, int value) {
    at(address, 1).setByte(0, (byte) value);
  }

  public void putShort(long address, int value) {
    at(address, 2).setShort(0, (short) value);
  }

  public void putInt(long address, int value) {
    at(address, 4).setInt(0, value);
  }

  public void putLong(long address, long value) {
    at(address, 8).setLong(0, value);
  }

  /** The text up to the first NUL. */
  public String readString(long address) {
    at(address, 1);
    return stringAt(address);
  }

  /** The same memory as a buffer in the machine's byte order; it must not outlive this. */
  public ByteBuffer buffer(long address, int length) {
    return at(address, length).getByteBuffer(0, length).order(ByteOrder.nativeOrder());
  }

  @Override
  public void close() {
    closed = true;
    for (Chunk chunk : chunks) {
      Native.free(chunk.address);
    }
    chunks.clear();
  }

  /** The NUL-terminated text at any address, unchecked: for recording {@link Syscalls} in tests. */
  public static String stringAt(long address) {
    return new Pointer(address).getString(0, "UTF-8");
  }

  static byte[] encode(String text) {
    if (text.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("text with a NUL in it: " + text.replace("\0", "\\0"));
    }
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private Chunk last() {
    return chunks.get(chunks.size() - 1);
  }

  private Pointer at(long address, int length) {
    for (Chunk chunk : chunks) {
      if (address >= chunk.address && address + length <= chunk.address + chunk.size) {
        return new Pointer(address);
      }
    }
    throw new IndexOutOfBoundsException(
        "%d bytes at %#x are not in this memory".formatted(length, address));
  }
}
