package dev.felucca.distro;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * A root file system as a tar: {@code /true}, which ends with 0, and {@code /wait}, which waits to
 * be killed. Two instructions each, so that nothing of the host is needed.
 */
final class TrainingImage {
  private static final int BLOCK = 512;
  private static final long BASE = 0x400000;
  private static final int HEADERS = 64 + 56;

  private TrainingImage() {}

  static byte[] tar() {
    boolean arm = System.getProperty("os.arch", "").equals("aarch64");
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    // exit(0), and for ever: pause() on x86-64, ppoll(0, 0, 0, 0) on aarch64
    add(out, "true", program(arm, arm ? "000080d2a80b80d2010000d4" : "b83c00000031ff0f05"));
    add(
        out,
        "wait",
        program(
            arm,
            arm
                ? "000080d2010080d2020080d2030080d2280980d2010000d4faffff17"
                : "b8220000000f05ebf7"));
    out.writeBytes(new byte[2 * BLOCK]);
    return out.toByteArray();
  }

  /** A static ELF of one segment. */
  private static byte[] program(boolean arm, String code) {
    byte[] text = HexFormat.of().parseHex(code);
    ByteBuffer elf = ByteBuffer.allocate(HEADERS + text.length).order(ByteOrder.LITTLE_ENDIAN);
    elf.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1}).position(16);
    elf.putShort((short) 2).putShort((short) (arm ? 183 : 62)).putInt(1);
    elf.putLong(BASE + HEADERS).putLong(64).putLong(0).putInt(0);
    elf.putShort((short) 64).putShort((short) 56).putShort((short) 1).position(64);
    elf.putInt(1).putInt(5).putLong(0).putLong(BASE).putLong(BASE);
    elf.putLong(elf.capacity()).putLong(elf.capacity()).putLong(0x1000);
    return elf.put(text).array();
  }

  private static void add(ByteArrayOutputStream out, String name, byte[] content) {
    byte[] header = new byte[BLOCK];
    put(header, 0, name);
    put(header, 100, "0000755");
    put(header, 108, "0000000");
    put(header, 116, "0000000");
    put(header, 124, String.format("%011o", content.length));
    put(header, 136, "00000000000");
    header[156] = '0';
    put(header, 257, "ustar\00000");
    Arrays.fill(header, 148, 156, (byte) ' ');
    int sum = 0;
    for (byte each : header) {
      sum += each & 0xff;
    }
    put(header, 148, String.format("%06o\0", sum));
    out.writeBytes(header);
    out.writeBytes(Arrays.copyOf(content, (content.length + BLOCK - 1) / BLOCK * BLOCK));
  }

  private static void put(byte[] header, int at, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(bytes, 0, header, at, bytes.length);
  }
}
