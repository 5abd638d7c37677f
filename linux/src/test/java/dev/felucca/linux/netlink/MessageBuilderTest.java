package dev.felucca.linux.netlink;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.net.InetAddress;
import java.nio.ByteOrder;
import java.util.HexFormat;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class MessageBuilderTest {
  @BeforeEach
  void littleEndian() {
    assumeTrue(ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN, "goldens are little endian");
  }

  @Test
  void aVethWithItsPeerInAnotherNamespaceIsOneMessage() {
    Message message =
        LinkMessage.create("felv0")
            .master(7)
            .veth(
                LinkMessage.create("eth0").namespace(9).mac(MacAddress.parse("02:42:0a:58:00:02")))
            .build();
    String golden =
        "7c000000100001060000000000000000" // length 124, RTM_NEWLINK, request|excl|create
            + "00000000000000000000000000000000" // ifinfomsg
            + "0a000300"
            + "66656c7630000000" // IFLA_IFNAME felv0
            + "08000a00"
            + "07000000" // IFLA_MASTER 7
            + "48001280" // IFLA_LINKINFO
            + "09000100"
            + "7665746800000000" // IFLA_INFO_KIND veth
            + "38000280" // IFLA_INFO_DATA
            + "34000180" // VETH_INFO_PEER
            + "00000000000000000000000000000000" // ifinfomsg of the peer
            + "09000300"
            + "6574683000000000"
            + "08001c00"
            + "09000000" // IFLA_NET_NS_FD 9
            + "0a000100"
            + "02420a5800020000"; // IFLA_ADDRESS
    assertEquals(golden, hex(message, 0, message.length()));
  }

  @Test
  void anAddressCarriesItsBroadcast() throws Exception {
    Message message = AddressMessage.add(5, InetAddress.getByName("10.88.0.2"), 20);
    assertEquals(
        "30000000140001060000000000000000" // RTM_NEWADDR
            + "0214000005000000" // AF_INET /20 index 5
            + "08000200"
            + "0a580002"
            + "08000100"
            + "0a580002"
            + "08000400"
            + "0a580fff",
        hex(message, 0, message.length()));
  }

  @Test
  void aDefaultRouteNamesOnlyItsGateway() throws Exception {
    assertEquals(
        "24000000180001050000000000000000" // RTM_NEWROUTE, request|replace|create
            + "02000000fe03000100000000" // AF_INET, main table, boot, universe, unicast
            + "08000500"
            + "0a580001",
        hex(RouteMessage.defaultVia(InetAddress.getByName("10.88.0.1")), 0, 36));
  }

  @Test
  void attributesArePaddedAndReadBack() {
    Message message =
        MessageBuilder.request(99, 0)
            .u32(1)
            .attribute8(1, 200)
            .attribute16(2, 40000)
            .be16(3, 0x1234)
            .text(4, "abc")
            .nested(5, inner -> inner.be32(1, 0xfffffff0).be64(2, -2))
            .build();
    Attributes read = message.attributes(4);
    assertEquals(0, message.length() % 4);
    assertEquals(200, read.number(1, -1));
    assertEquals(40000, read.number(2, -1));
    assertArrayEquals(new byte[] {0x12, 0x34}, read.bytes(3));
    assertEquals("abc", read.text(4));
    assertEquals(0xfffffff0L, read.nested(5).beNumber(1, 0));
    assertEquals(-2, read.nested(5).beNumber(2, 0));
    assertNull(read.bytes(6));
    assertEquals(17, read.number(6, 17));
  }

  @Test
  void aLongMessageGrows() {
    byte[] large = new byte[20_000];
    large[19_999] = 7;
    Message message = MessageBuilder.request(1, 0).attribute(1, large).attribute(2, large).build();
    assertArrayEquals(large, message.attributes(0).bytes(2));
    assertThrows(
        IllegalArgumentException.class,
        () -> MessageBuilder.request(1, 0).attribute(1, new byte[65_532]));
  }

  @Test
  void brokenLengthsEndTheList() {
    Message broken = MessageBuilder.request(1, 0).attribute8(1, 5).u16(400).u16(2).u32(0).build();
    assertEquals(1, broken.attributes(0).all().size());
    Message tooShort = MessageBuilder.request(1, 0).attribute8(1, 5).u16(3).u16(2).build();
    assertEquals(1, tooShort.attributes(0).all().size());
  }

  @Test
  void namesTheKernelWouldRefuseAreRefused() {
    for (String bad :
        new String[] {"", ".", "..", "a/b", "a:b", "a b", "sixteen-letters!", "a\n"}) {
      assertThrows(IllegalArgumentException.class, () -> LinkMessage.create(bad), bad);
    }
    LinkMessage.create("fifteen-letters");
  }

  @Test
  void hardwareAddressesAreReadAndShown() {
    assertEquals("02:42:ac:11:00:02", MacAddress.parse("02-42-AC-11-00-02").toString());
    for (String bad : new String[] {"", "02:42", "02:42:ac:11:00:02:03", "02:42:ac:11:00:zz"}) {
      assertThrows(IllegalArgumentException.class, () -> MacAddress.parse(bad), bad);
    }
  }

  private static String hex(Message message, int from, int to) {
    return HexFormat.of().formatHex(message.toBytes(), from, to);
  }
}
