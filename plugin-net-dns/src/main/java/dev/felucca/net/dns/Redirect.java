package dev.felucca.net.dns;

import dev.felucca.kernel.network.Cidr;
import dev.felucca.kernel.network.NameServer;
import dev.felucca.linux.Errno;
import dev.felucca.linux.netlink.NetlinkException;
import dev.felucca.linux.nftables.Chain;
import dev.felucca.linux.nftables.Family;
import dev.felucca.linux.nftables.NftSocket;
import dev.felucca.linux.nftables.Rule;
import dev.felucca.linux.nftables.Rule.Transport;
import dev.felucca.linux.nftables.Table;
import dev.felucca.linux.nftables.Transaction;
import java.io.IOException;
import java.net.Inet4Address;

/**
 * The rules inside a container that lead port 53 of the resolver's address to where its sockets
 * are: with sockets on port 53 itself, a name server in the container could not listen on {@code
 * 0.0.0.0:53}. Ports are written into packets there and back; nothing is tracked, which would cost
 * every packet of the container.
 */
final class Redirect {
  static final Table TABLE = new Table(Family.IP, "felucca-dns");

  private static final int PORT = 53;
  private static final String ASK = "ask";
  private static final String ANSWER = "answer";

  /** Answers are changed after a container's own connection tracking, questions before it. */
  private static final int BEFORE_TRACKING = Chain.RAW - 10;

  private Redirect() {}

  /**
   * Leads there from now on. What an earlier engine left is only replaced where it is: a
   * transaction that deletes something makes the container's start wait for the kernel to free it.
   */
  static void commit(NftSocket nft, int udp, int tcp) throws IOException {
    try {
      nft.commit(rules(new Transaction(TABLE).createTable(), udp, tcp));
    } catch (NetlinkException e) {
      if (e.errno() != Errno.EEXIST) {
        throw e;
      }
      nft.commit(rules(new Transaction(TABLE).addTable().deleteTable().addTable(), udp, tcp));
    }
  }

  private static Transaction rules(Transaction change, int udp, int tcp) {
    Inet4Address resolver = (Inet4Address) Cidr.address(NameServer.ADDRESS);
    change.addChain(new Chain(ASK, "filter", Chain.Hook.OUTPUT, BEFORE_TRACKING, true));
    change.addChain(new Chain(ANSWER, "filter", Chain.Hook.OUTPUT, Chain.LAST, true));
    add(change, resolver, Transport.UDP, udp);
    add(change, resolver, Transport.TCP, tcp);
    return change;
  }

  private static void add(
      Transaction change, Inet4Address resolver, Transport transport, int port) {
    change.addRule(
        ASK,
        Rule.rule().daddrIs(resolver).dportIs(transport, PORT).setDport(transport, port).accept());
    change.addRule(
        ANSWER,
        Rule.rule().saddrIs(resolver).sportIs(transport, port).setSport(transport, PORT).accept());
  }
}
