package dev.felucca.linux.nftables;

import java.util.Locale;

/** The name of a table; names are per family. */
public record Table(Family family, String name) {
  @Override
  public String toString() {
    return family.name().toLowerCase(Locale.ROOT) + " " + name;
  }
}
