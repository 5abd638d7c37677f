package dev.felucca.linux.nftables;

/**
 * A chain the kernel sends packets through.
 *
 * @param type {@code filter} or {@code nat}
 * @param priority lower comes first; see {@code nft(8)}, "Standard priority names"
 * @param accepts the policy: what happens to packets that no rule decides
 */
public record Chain(String name, String type, Hook hook, int priority, boolean accepts) {
  /** Where in the packet's way. */
  public enum Hook {
    PREROUTING,
    INPUT,
    FORWARD,
    OUTPUT,
    POSTROUTING
  }

  /** Before connection tracking sees the packet. */
  public static final int RAW = -300;

  public static final int DSTNAT = -100;
  public static final int FILTER = 0;
  public static final int SRCNAT = 100;
  public static final int LAST = 300;

  public Chain {
    Names.check(name);
  }
}
