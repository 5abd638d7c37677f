package dev.felucca.kernel;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The full identifier of a container: 64 lower-case hexadecimal digits. */
public record ContainerId(String hex) implements Comparable<ContainerId> {
  private static final Pattern FORM = Pattern.compile("[0-9a-f]{64}");
  private static final SecureRandom RANDOM = new SecureRandom();

  public ContainerId {
    if (!FORM.matcher(hex).matches()) {
      throw new EngineException(INVALID, "invalid container id: " + hex);
    }
  }

  public static ContainerId random() {
    return new ContainerId(randomHex());
  }

  /**
   * 64 random hexadecimal digits of which the first twelve are not all decimal: such a prefix would
   * read as a number.
   */
  public static String randomHex() {
    byte[] bytes = new byte[32];
    while (true) {
      RANDOM.nextBytes(bytes);
      String hex = HexFormat.of().formatHex(bytes);
      if (hex.substring(0, 12).chars().anyMatch(Character::isLetter)) {
        return hex;
      }
    }
  }

  /** The first twelve digits, as lists show them. */
  public String shortForm() {
    return hex.substring(0, 12);
  }

  @Override
  public int compareTo(ContainerId other) {
    return hex.compareTo(other.hex);
  }

  @Override
  public String toString() {
    return hex;
  }

  // By hand, as in Digest.
  @Override
  public int hashCode() {
    return hex.hashCode();
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof ContainerId id && hex.equals(id.hex);
  }
}
