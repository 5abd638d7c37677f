package dev.felucca.linux.nftables;

import dev.felucca.linux.netlink.Attributes;
import dev.felucca.linux.netlink.Message;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * What becomes of a packet that no condition in a chain is about: rules that ask for something are
 * passed over, the first that asks for nothing decides. Chains that such a rule leads to are read,
 * too.
 */
final class ChainEnds {
  /** What a chain does with it. */
  enum End {
    ACCEPTS,
    REFUSES,
    GOES_ON
  }

  private static final int EXPRESSIONS = 4;
  private static final int DROP = 0;
  private static final int ACCEPT = 1;
  private static final int JUMP = -3;
  private static final int GOTO = -4;
  private static final int RETURN = -5;

  /** Say something of the packet or the rule and ask for nothing; iptables counts in each rule. */
  private static final Set<String> ASK_NOTHING = Set.of("counter", "log", "notrack");

  private final NftSocket nft;
  private final Table table;
  private final Map<String, End> known = new HashMap<>();

  ChainEnds(NftSocket nft, Table table) {
    this.nft = nft;
    this.table = table;
  }

  End of(String chain) throws IOException {
    End end = known.get(chain);
    if (end == null) {
      // The kernel takes no chains that lead to themselves; one that changes meanwhile may seem to.
      known.put(chain, End.GOES_ON);
      end = read(chain);
      known.put(chain, end);
    }
    return end;
  }

  private End read(String chain) throws IOException {
    for (Message rule : nft.rulesOf(table, chain)) {
      Verdict verdict = verdict(rule.attributes(NftSocket.FIXED).nested(EXPRESSIONS).all());
      End end =
          switch (verdict.code()) {
            case ACCEPT -> End.ACCEPTS;
            case DROP -> End.REFUSES;
            case JUMP, GOTO -> of(verdict.chain());
            default -> End.GOES_ON;
          };
      // A chain that was gone to does not come back here.
      if (end != End.GOES_ON || verdict.code() == RETURN || verdict.code() == GOTO) {
        return end;
      }
    }
    return End.GOES_ON;
  }

  /**
   * @param code the kernel's; {@link #NONE} where the rule asks for something or decides nothing
   */
  private record Verdict(int code, String chain) {
    static final int NOTHING = Integer.MIN_VALUE;
    static final Verdict NONE = new Verdict(NOTHING, "");
  }

  private static Verdict verdict(List<Attributes.Attribute> expressions) {
    for (Attributes.Attribute expression : expressions) {
      String name = Objects.requireNonNullElse(expression.nested().text(1), "");
      Attributes data = expression.nested().nested(2);
      if (name.equals("immediate")) {
        Attributes verdict = data.nested(2).nested(2);
        return verdict.bytes(1) == null
            ? Verdict.NONE
            : new Verdict(
                (int) verdict.beNumber(1, 0), Objects.requireNonNullElse(verdict.text(2), ""));
      }
      boolean compat = name.equals("target") || name.equals("match");
      String of = compat ? Objects.requireNonNullElse(data.text(1), "") : "";
      if (name.equals("reject") || name.equals("target") && of.equals("REJECT")) {
        return new Verdict(DROP, "");
      }
      boolean remark = of.equals("comment") || of.equals("LOG") || of.equals("NFLOG");
      if (!ASK_NOTHING.contains(name) && !remark) {
        return Verdict.NONE;
      }
    }
    return Verdict.NONE;
  }
}
