package dev.felucca.net.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.network.NetworkSpec;
import dev.felucca.tck.network.Specs;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BridgeNetworkTest {
  @Test
  void theDefaultNetworkHasTheConfiguredBridge() {
    NetworkSpec user = Specs.network(1, Map.of());
    assertEquals("fel-" + user.id().substring(0, 11), BridgeNetwork.of(user, "felucca0").bridge());
    NetworkSpec byName =
        new NetworkSpec(user.id(), "bridge", user.subnets(), false, false, Map.of());
    assertEquals("felucca0", BridgeNetwork.of(byName, "felucca0").bridge());
    NetworkSpec byOption = Specs.network(1, Map.of(BridgeNetwork.DEFAULT, "true"));
    assertEquals("felucca9", BridgeNetwork.of(byOption, "felucca9").bridge());
    NetworkSpec chosen = Specs.network(1, Map.of(BridgeNetwork.NAME, "mine"));
    assertEquals("mine", BridgeNetwork.of(chosen, "felucca0").bridge());
  }

  @Test
  void optionsAreReadAsDockerDoes() {
    BridgeNetwork plain = BridgeNetwork.of(Specs.network(1, Map.of()), "felucca0");
    assertTrue(plain.icc());
    assertTrue(plain.masquerade());
    assertEquals(0, plain.mtu());
    assertEquals("02:42:0a:c9:01:01", plain.mac().toString());
    BridgeNetwork other =
        BridgeNetwork.of(
            Specs.network(
                1,
                Map.of(
                    BridgeNetwork.ICC,
                    "false",
                    BridgeNetwork.MASQUERADE,
                    "0",
                    BridgeNetwork.MTU,
                    "9000",
                    "com.example.unknown",
                    "x")),
            "felucca0");
    assertFalse(other.icc());
    assertFalse(other.masquerade());
    assertEquals(9000, other.mtu());
  }

  @Test
  void optionsThatMeanNothingAreInvalid() {
    for (Map<String, String> bad :
        List.of(
            Map.of(BridgeNetwork.NAME, "far-too-long-for-a-name"),
            Map.of(BridgeNetwork.NAME, "a/b"),
            Map.of(BridgeNetwork.ICC, "maybe"),
            Map.of(BridgeNetwork.MASQUERADE, ""),
            Map.of(BridgeNetwork.MTU, "67"),
            Map.of(BridgeNetwork.MTU, "-1"),
            Map.of(BridgeNetwork.MTU, "99999999999"),
            Map.of(BridgeNetwork.MTU, "many"))) {
      EngineException refused =
          assertThrows(
              EngineException.class,
              () -> BridgeNetwork.of(Specs.network(1, bad), "felucca0"),
              bad.toString());
      assertEquals(EngineException.Kind.INVALID, refused.kind());
    }
  }

  @Test
  void hardwareAddressesOfGroupsAreInvalid() {
    for (String bad : new String[] {"01:00:5e:00:00:01", "00:00:00:00:00:00", "x", "02:42"}) {
      EngineException refused =
          assertThrows(EngineException.class, () -> Macs.chosen(bad, Specs.id(1), List.of()), bad);
      assertEquals(EngineException.Kind.INVALID, refused.kind());
    }
    assertEquals(
        "02:11:22:33:44:55", Macs.chosen("02:11:22:33:44:55", Specs.id(1), List.of()).toString());
    assertEquals("02:42:00:01:00:00", Macs.chosen(null, Specs.id(1), List.of()).toString());
  }

  @Test
  void enginesAreToldApartByTheirDataRoot() {
    assertEquals("felucca", Owner.of("/var/lib/felucca").name());
    assertEquals("felucca", Owner.of("").name());
    assertTrue(Owner.of("/srv/a").name().matches("felucca-[0-9a-f]{8}"));
    assertFalse(Owner.of("/srv/a").equals(Owner.of("/srv/b")));
  }
}
