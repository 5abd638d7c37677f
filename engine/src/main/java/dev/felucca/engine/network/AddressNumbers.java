package dev.felucca.engine.network;

import dev.felucca.kernel.network.Cidr;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;

/** Addresses of both families as numbers that can be counted. */
final class AddressNumbers {
  private AddressNumbers() {}

  static BigInteger of(InetAddress address) {
    return new BigInteger(1, address.getAddress());
  }

  /**
   * @param bytes 4 or 16
   */
  static InetAddress address(BigInteger number, int bytes) {
    byte[] all = new byte[bytes];
    byte[] digits = number.toByteArray();
    int from = Math.max(0, digits.length - bytes);
    System.arraycopy(digits, from, all, bytes - (digits.length - from), digits.length - from);
    try {
      return InetAddress.getByAddress(all);
    } catch (UnknownHostException e) {
      throw new IllegalStateException(bytes + " bytes are an address", e);
    }
  }

  static int bytes(Cidr cidr) {
    return cidr.address().getAddress().length;
  }

  /** The network's own address: the lowest. */
  static BigInteger first(Cidr cidr) {
    int free = bytes(cidr) * 8 - cidr.prefix();
    return of(cidr.address()).shiftRight(free).shiftLeft(free);
  }

  static BigInteger last(Cidr cidr) {
    int free = bytes(cidr) * 8 - cidr.prefix();
    return first(cidr).add(BigInteger.ONE.shiftLeft(free)).subtract(BigInteger.ONE);
  }

  /** Without host bits: {@code 10.1.2.3/16} is {@code 10.1.0.0/16}. */
  static Cidr masked(Cidr cidr) {
    return new Cidr(address(first(cidr), bytes(cidr)), cidr.prefix());
  }
}
