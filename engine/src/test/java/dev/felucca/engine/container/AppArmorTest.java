package dev.felucca.engine.container;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AppArmorTest {
  @TempDir Path folder;

  @Test
  void dockersProfileIsUsedWhereItIsLoaded() throws IOException {
    AppArmor host = host("Y\n", "other (enforce)\ndocker-default (enforce)\n");
    assertEquals("docker-default", host.profile(null, false));
    assertEquals("mine", host.profile("mine", false));
    assertEquals("mine", host.profile("mine", true));
    assertNull(host.profile("unconfined", false));
    assertNull(host.profile(null, true), "privileged");
  }

  @Test
  void anotherProfilesNameIsNotTakenForIt() throws IOException {
    assertNull(host("Y\n", "docker-default-old (enforce)\n").profile(null, false));
    assertNull(host("Y\n", null).profile(null, false), "securityfs is not mounted");
  }

  @Test
  void withoutAppArmorNothingIsHanded() throws IOException {
    AppArmor off = host("N\n", "docker-default (enforce)\n");
    assertFalse(off.enabled());
    assertNull(off.profile("mine", false));
    assertFalse(new AppArmor(folder.resolve("nothing"), folder.resolve("nothing")).enabled());
  }

  private AppArmor host(String enabled, String profiles) throws IOException {
    Path list = folder.resolve("profiles");
    if (profiles != null) {
      Files.writeString(list, profiles);
    } else {
      Files.deleteIfExists(list);
    }
    return new AppArmor(Files.writeString(folder.resolve("enabled"), enabled), list);
  }
}
