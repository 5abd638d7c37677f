package dev.felucca.linux.layer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;

/**
 * File names as the kernel has them: bytes without an encoding. They are kept in strings of one
 * character a byte, so that a name that is not UTF-8 survives; their order is the order of the
 * bytes.
 */
public final class RawName {
  private RawName() {}

  public static byte[] bytes(String raw) {
    return raw.getBytes(ISO_8859_1);
  }

  public static String of(byte[] name) {
    return new String(name, ISO_8859_1);
  }

  /** The raw form of a text that is to be in UTF-8 on disk. */
  public static String of(String text) {
    return new String(text.getBytes(UTF_8), ISO_8859_1);
  }

  /** For people: as UTF-8 where it is that, with control characters escaped; else byte by byte. */
  public static String display(String raw) {
    String text;
    try {
      text =
          UTF_8
              .newDecoder()
              .onMalformedInput(CodingErrorAction.REPORT)
              .decode(ByteBuffer.wrap(bytes(raw)))
              .toString();
    } catch (CharacterCodingException e) {
      text = raw;
    }
    StringBuilder shown = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isISOControl(c)) {
        shown.append("\\x%02x".formatted((int) c));
      } else {
        shown.append(c);
      }
    }
    return shown.toString();
  }
}
