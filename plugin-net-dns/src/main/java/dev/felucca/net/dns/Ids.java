package dev.felucca.net.dns;

import java.security.SecureRandom;

/** Message ids that nobody can foresee. One thread's. */
final class Ids {
  private final SecureRandom random = new SecureRandom();
  private final byte[] some = new byte[1024];
  private int used = some.length;

  int next() {
    if (used == some.length) {
      random.nextBytes(some);
      used = 0;
    }
    used += 2;
    return Query.u16(some, used - 2);
  }

  int below(int bound) {
    return next() % bound;
  }
}
