package dev.felucca.registry.client;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Private keys in PEM files: PKCS #8, and PKCS #1 as openssl wrote it for long. */
final class PrivateKeys {
  private static final Pattern BLOCK =
      Pattern.compile("-----BEGIN (RSA )?PRIVATE KEY-----([A-Za-z0-9+/=\\s]+)-----END ");

  /** The sequence "version 0, algorithm rsaEncryption" that PKCS #8 puts before a PKCS #1 key. */
  private static final byte[] RSA = {
    0x02,
    0x01,
    0x00,
    0x30,
    0x0d,
    0x06,
    0x09,
    0x2a,
    (byte) 0x86,
    0x48,
    (byte) 0x86,
    (byte) 0xf7,
    0x0d,
    0x01,
    0x01,
    0x01,
    0x05,
    0x00
  };

  private PrivateKeys() {}

  /**
   * @param algorithm the certificate's
   */
  static PrivateKey read(Path file, String algorithm) throws IOException, GeneralSecurityException {
    Matcher block = BLOCK.matcher(Files.readString(file, StandardCharsets.ISO_8859_1));
    if (!block.find()) {
      throw new IOException(
          file + " holds no private key that can be read here; openssl pkcs8 -topk8 makes one");
    }
    byte[] der = Base64.getMimeDecoder().decode(block.group(2));
    return KeyFactory.getInstance(algorithm)
        .generatePrivate(new PKCS8EncodedKeySpec(block.group(1) == null ? der : wrap(der)));
  }

  private static byte[] wrap(byte[] rsa) throws IOException {
    ByteArrayOutputStream inner = new ByteArrayOutputStream();
    inner.write(RSA);
    value(inner, 0x04, rsa);
    ByteArrayOutputStream outer = new ByteArrayOutputStream();
    value(outer, 0x30, inner.toByteArray());
    return outer.toByteArray();
  }

  private static void value(ByteArrayOutputStream out, int tag, byte[] bytes) throws IOException {
    out.write(tag);
    if (bytes.length < 0x80) {
      out.write(bytes.length);
    } else {
      out.write(0x82); // two bytes of length: up to 64 KiB, longer than any key
      out.write(bytes.length >> 8);
      out.write(bytes.length);
    }
    out.write(bytes);
  }
}
