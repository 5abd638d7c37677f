package dev.felucca.linux.netlink;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.InetAddress;
import org.junit.jupiter.api.Test;

class MessageTextTest {
  @Test
  void linksReadAsWhatTheyAsk() {
    assertEquals(
        "newlink up name=felucca0 mac=02:42:0a:58:00:01 mtu=1400 info={kind=bridge}",
        LinkMessage.create("felucca0")
            .up()
            .mac(MacAddress.parse("02:42:0a:58:00:01"))
            .mtu(1400)
            .bridge()
            .build()
            .toString());
    assertEquals(
        "newlink up name=felv0 master=3" + " info={kind=veth data={peer={name=eth0 netns-fd=9}}}",
        LinkMessage.create("felv0")
            .up()
            .master(3)
            .veth(LinkMessage.create("eth0").namespace(9))
            .build()
            .toString());
    assertEquals(
        "newlink index=4 info={port-of=bridge port={isolated=1}}",
        LinkMessage.change(4).isolatedPort(true).build().toString());
    assertEquals(
        "newlink index=2 down families={inet6={address-generation=1}}",
        LinkMessage.change(2).down().noLinkLocalAddress().build().toString());
    assertEquals("dellink name=felv0", LinkMessage.delete("felv0").toString());
    assertEquals("getlink", LinkMessage.list().toString());
  }

  @Test
  void addressesAndRoutesReadAsWhatTheyAsk() throws Exception {
    InetAddress ip = InetAddress.getByName("10.88.0.2");
    assertEquals(
        "newaddr index=2 prefix=16 local=10.88.0.2 address=10.88.0.2 broadcast=10.88.255.255",
        AddressMessage.add(2, ip, 16).toString());
    assertEquals(
        "newaddr index=2 prefix=64 local=fd00:0:0:0:0:0:0:2 address=fd00:0:0:0:0:0:0:2 flags=2",
        AddressMessage.add(2, InetAddress.getByName("fd00::2"), 64).toString());
    assertEquals("newroute default via=10.88.0.2", RouteMessage.defaultVia(ip).toString());
    assertEquals(
        "delroute prefix=24 to=10.88.0.2 index=3 metric=5",
        RouteMessage.remove(ip, 24, null, 3, 5).toString());
  }

  @Test
  void whatHasNoNameIsPrintedByNumber() {
    assertEquals(
        "newlink name=x #77=01",
        MessageBuilder.request(16, 0)
            .u32(0)
            .u32(0)
            .u32(0)
            .u32(0)
            .text(3, "x")
            .attribute8(77, 1)
            .build()
            .toString());
    assertEquals("message 99 07000000", MessageBuilder.request(99, 0).u32(7).build().toString());
  }
}
