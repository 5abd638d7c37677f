package dev.felucca.isolation.shim;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class StatusRecordTest {
  @Test
  void rubbishIsNoRecord() {
    for (int value : new int[] {0, 1, 0xa5, 0x7f, 0xff}) {
      byte[] bytes = new byte[StatusRecord.SIZE];
      Arrays.fill(bytes, (byte) value);
      assertEquals(Optional.empty(), StatusRecord.of(bytes), Integer.toHexString(value));
    }
    assertEquals(Optional.empty(), StatusRecord.of(new byte[3]));
  }
}
