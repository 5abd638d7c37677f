package dev.felucca.engine.network;

import static dev.felucca.kernel.EngineException.Kind.UNAVAILABLE;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.network.Cidr;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.BitSet;

/** The addresses of one IPv4 subnet: who asks gets the lowest that is free. Thread-safe. */
final class Ipv4Range {
  private final Cidr cidr;
  private final int first;
  private final int size;
  private final BitSet taken = new BitSet();

  Ipv4Range(Cidr cidr, String gateway) {
    this.cidr = cidr;
    int address = toInt(cidr.address());
    int mask = cidr.prefix() == 0 ? 0 : -1 << (32 - cidr.prefix());
    this.first = address & mask;
    this.size = cidr.prefix() < 8 ? 1 << 24 : 1 << (32 - cidr.prefix());
    if (size > 2) {
      taken.set(0); // the network's own address
      taken.set(size - 1); // broadcast
    }
    take(Cidr.address(gateway));
  }

  /** Marks an address that is in use already. */
  synchronized void take(InetAddress address) {
    int index = toInt(address) - first;
    if (index >= 0 && index < size) {
      taken.set(index);
    }
  }

  /** The lowest free address; UNAVAILABLE when there is none. */
  synchronized Cidr next() {
    int index = taken.nextClearBit(0);
    if (index >= size) {
      throw new EngineException(
          UNAVAILABLE, "no available IPv4 addresses on this network's address pools: " + cidr);
    }
    taken.set(index);
    return new Cidr(toAddress(first + index), cidr.prefix());
  }

  synchronized void giveBack(InetAddress address) {
    int index = toInt(address) - first;
    if (index > 0 && index < size) {
      taken.clear(index);
    }
  }

  static int toInt(InetAddress address) {
    return ByteBuffer.wrap(address.getAddress()).getInt();
  }

  static InetAddress toAddress(int value) {
    try {
      return InetAddress.getByAddress(ByteBuffer.allocate(4).putInt(value).array());
    } catch (UnknownHostException e) {
      throw new IllegalStateException("four bytes are an address", e);
    }
  }
}
