package dev.felucca.linux.nftables;

import java.util.regex.Pattern;

/** What {@code nft} can read back: a name beyond this would be listed and could not be typed. */
final class Names {
  private static final Pattern FORM = Pattern.compile("[A-Za-z][A-Za-z0-9_.\\-]{0,126}");

  private Names() {}

  static String check(String name) {
    if (!FORM.matcher(name).matches()) {
      throw new IllegalArgumentException("not an nftables name: '" + name + "'");
    }
    return name;
  }
}
