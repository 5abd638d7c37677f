package dev.felucca.linux.nftables;

/** The packets a table sees; numbers are {@code NFPROTO_*}. */
public enum Family {
  /** IPv4 and IPv6; NAT chains since kernel 5.2. */
  INET(1),
  IP(2),
  BRIDGE(7),
  IP6(10);

  private final int number;

  Family(int number) {
    this.number = number;
  }

  int number() {
    return number;
  }

  static Family of(int number) {
    for (Family family : values()) {
      if (family.number == number) {
        return family;
      }
    }
    throw new IllegalArgumentException("nftables family " + number);
  }
}
