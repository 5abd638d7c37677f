package dev.felucca.kernel;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A content address in the form of the OCI image specification, such as {@code sha256:44136f…}.
 * SHA-256 and SHA-512 are known; other algorithms are refused as INVALID.
 */
public record Digest(String algorithm, String hex) implements Comparable<Digest> {
  private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");
  private static final Pattern SHA512 = Pattern.compile("[0-9a-f]{128}");

  public Digest {
    boolean right =
        switch (algorithm) {
          case "sha256" -> SHA256.matcher(hex).matches();
          case "sha512" -> SHA512.matcher(hex).matches();
          default -> false;
        };
    if (!right) {
      throw new EngineException(INVALID, "invalid digest: " + algorithm + ":" + hex);
    }
  }

  public static Digest parse(String text) {
    int colon = text.indexOf(':');
    if (colon < 0) {
      throw new EngineException(INVALID, "invalid digest: " + text);
    }
    return new Digest(text.substring(0, colon), text.substring(colon + 1));
  }

  public static Digest sha256(byte[] content) {
    return of(newSha256().digest(content));
  }

  /** A SHA-256 digest from its 32 bytes. */
  public static Digest of(byte[] sha256) {
    return new Digest("sha256", HexFormat.of().formatHex(sha256));
  }

  /** A fresh hash of this digest's algorithm, to verify content as it passes. */
  public MessageDigest newHash() {
    return hash(algorithm.equals("sha512") ? "SHA-512" : "SHA-256");
  }

  public static MessageDigest newSha256() {
    return hash("SHA-256");
  }

  private static MessageDigest hash(String name) {
    try {
      return MessageDigest.getInstance(name);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(name + " is part of every JDK", e);
    }
  }

  @Override
  public int compareTo(Digest other) {
    return toString().compareTo(other.toString());
  }

  @Override
  public String toString() {
    return algorithm + ":" + hex;
  }

  // By hand, here and in equals: what the compiler makes for a record links method handles at its
  // first use, which each start of the engine would wait for.
  @Override
  public int hashCode() {
    return hex.hashCode();
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Digest digest
        && algorithm.equals(digest.algorithm)
        && hex.equals(digest.hex);
  }
}
