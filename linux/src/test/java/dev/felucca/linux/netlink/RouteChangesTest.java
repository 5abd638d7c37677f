package dev.felucca.linux.netlink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.felucca.linux.LinuxSyscalls;
import dev.felucca.linux.SyscallException;
import dev.felucca.linux.Syscalls;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(OwnNetwork.class)
class RouteChangesTest {
  private final Syscalls linux = LinuxSyscalls.load();

  @Test
  void eachKindOfChangeIsHeardOnce() throws Exception {
    try (RouteSocket route = RouteSocket.open(linux);
        RouteChanges changes = RouteChanges.open(linux)) {
      assertFalse(changes.heard());
      route.execute(LinkMessage.create("felt0").bridge().build());
      assertTrue(changes.heard());
      assertFalse(changes.heard());
      int index = route.link("felt0").orElseThrow().index();
      route.execute(LinkMessage.change("felt0").up().build());
      assertTrue(changes.heard());
      route.execute(AddressMessage.add(index, InetAddress.getByName("10.8.0.1"), 24));
      assertTrue(changes.heard());
      route.execute(RouteMessage.defaultVia(InetAddress.getByName("10.8.0.2"), index));
      assertTrue(changes.heard());
      assertFalse(changes.heard());
    }
  }

  @Test
  void moreThanTheSocketKeepsIsHeardToo() throws Exception {
    try (RouteSocket route = RouteSocket.open(linux);
        RouteChanges changes = RouteChanges.open(linux)) {
      route.execute(LinkMessage.create("felt0").bridge().build());
      for (int i = 0; i < 2000; i++) {
        route.execute(LinkMessage.change("felt0").alias("a" + i).build());
      }
      assertTrue(changes.heard());
      assertFalse(changes.heard());
    }
  }

  @Test
  void sysctlsAreThoseOfTheNamespace() throws Exception {
    try (NetworkNamespace own = NetworkNamespace.open(linux, "/proc/thread-self/ns/net");
        RouteSocket route = RouteSocket.open(linux)) {
      route.execute(LinkMessage.create("felt0").bridge().build());
      String path = "net/ipv4/conf/felt0/log_martians";
      own.sysctls(Map.of(path, "1"));
      assertEquals("1", Files.readString(Path.of("/proc/sys", path)).strip());
      SyscallException refused =
          assertThrows(
              SyscallException.class,
              () -> own.sysctls(Map.of("net/ipv4/conf/felt1/log_martians", "1")));
      assertTrue(refused.getMessage().contains("felt1"), refused.getMessage());
    }
  }
}
