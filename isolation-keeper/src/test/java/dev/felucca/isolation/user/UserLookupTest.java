package dev.felucca.isolation.user;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.IdMapping;
import java.util.List;
import org.junit.jupiter.api.Test;

class UserLookupTest {
  private final UserLookup files =
      new UserLookup(
          """
          root:x:0:0:root:/root:/bin/sh
          broken
          bad:x:many:0::/:
          anna:x:1000:1001::/home/anna:/bin/sh
          1000:x:7:7::/seven:/bin/sh
          """,
          """
          root:x:0:
          staff:x:1001:
          audio:x:29:bob,anna
          video:x:44:anna
          """);

  @Test
  void nobodyNamedIsRootByTheFile() {
    assertEquals(new ResolvedUser(0, 0, List.of(0), "/root"), files.find("", List.of()));
    assertEquals(
        new ResolvedUser(0, 0, List.of(0), "/"), new UserLookup("", "").find("", List.of()));
  }

  @Test
  void aNameBringsItsGroupsAndHome() {
    assertEquals(
        new ResolvedUser(1000, 1001, List.of(1001, 29, 44), "/home/anna"),
        files.find("anna", List.of()));
  }

  @Test
  void aNamedGroupReplacesTheUsersOwn() {
    assertEquals(
        new ResolvedUser(1000, 29, List.of(29), "/home/anna"), files.find("anna:audio", List.of()));
    assertEquals(new ResolvedUser(5, 6, List.of(6), "/"), files.find("5:6", List.of()));
  }

  @Test
  void theFirstEntryThatFitsByNameOrNumberIsTaken() {
    assertEquals(1000, files.find("1000", List.of()).uid());
  }

  @Test
  void extraGroupsAreAddedOnce() {
    assertEquals(List.of(1001, 29, 44, 99), files.find("anna", List.of("video", "99")).groups());
  }

  @Test
  void whatIsNotThereIsRefusedInDockersWords() {
    refused("unable to find user nobody: no matching entries in passwd file", "nobody");
    refused("unable to find group nogroup: no matching entries in group file", "anna:nogroup");
    refused("uids and gids must be in range 0-2147483647", "99999999999");
    refused("uids and gids must be in range 0-2147483647", "-1");
    refused("unable to find user bad: no matching entries in passwd file", "bad");
  }

  @Test
  void whomTheContainersUsersDoNotHaveIsRefusedInRuncsWords() {
    IdMapping some = IdMapping.parse("uids=0-100000-1001;gids=0-100000-30#1001-200000-1");
    ResolvedUser anna = files.find("anna", List.of());
    assertEquals(anna, anna.among(null));
    unmapped("cannot set gid 44 to unmapped group in user namespace", anna, some);
    unmapped(
        "cannot set uid to unmapped user in user namespace", files.find("1001:0", List.of()), some);
    unmapped(
        "cannot set gid to unmapped user in user namespace", files.find("0:30", List.of()), some);
    ResolvedUser fits = files.find("anna:audio", List.of());
    assertEquals(fits, fits.among(some));
  }

  private static void unmapped(String words, ResolvedUser user, IdMapping users) {
    assertEquals(words, assertThrows(EngineException.class, () -> user.among(users)).getMessage());
  }

  private void refused(String words, String user) {
    assertEquals(
        words, assertThrows(EngineException.class, () -> files.find(user, List.of())).getMessage());
  }
}
