package dev.felucca.engine.container;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.felucca.kernel.EngineException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UserRemapTest {
  @TempDir Path etc;

  @BeforeEach
  void files() throws IOException {
    Files.writeString(etc.resolve("passwd"), "root:x:0:0::/:\nanna:x:1000:1000::/:\n");
    Files.writeString(etc.resolve("group"), "staff:x:50:\n");
    Files.writeString(
        etc.resolve("subuid"),
        "# ranges\nother:1:1\nanna:100000:65536\ndockremap:200000:10\nanna:300000:100\n");
    Files.writeString(
        etc.resolve("subgid"), "anna:110000:65536\nstaff:400000:5\ndockremap:210000:10\n");
  }

  private String words(String setting) throws IOException {
    return Objects.requireNonNull(new UserRemap(etc).mapping(setting)).words();
  }

  @Test
  void nothingSetMapsNobody() throws IOException {
    assertNull(new UserRemap(etc).mapping(""));
  }

  @Test
  void aUsersRangesFollowOneAnother() throws IOException {
    String uids = "uids=0-100000-65536#65536-300000-100;gids=";
    assertEquals(uids + "0-110000-65536", words("anna"));
    assertEquals(uids + "0-110000-65536", words("1000"));
    assertEquals(uids + "0-400000-5", words("anna:staff"));
    assertEquals(uids + "0-400000-5", words("1000:50"));
    assertEquals("uids=0-200000-10;gids=0-210000-10", words("default"));
    assertEquals("uids=0-5-1;gids=0-6-1", words("uids=0-5-1;gids=0-6-1"));
  }

  @Test
  void whoHasNoRangesIsRefusedAndNotTheHostsRoot() throws IOException {
    refused("nobody", "no subuid ranges found for user \"nobody\" in " + etc.resolve("subuid"));
    refused("anna:wheel", "no subgid ranges found for group \"wheel\"");
    refused("77", "nobody has the number 77");
    refused("uids=1-5-1;gids=0-6-1", "needs one for its root");
    refused("uids=x", "not a map of ids");
    Files.writeString(etc.resolve("subuid"), "anna:x:65536\n");
    refused("anna", "makes no sense");
    Files.delete(etc.resolve("subuid"));
    refused("anna", "no subuid ranges found");
  }

  private void refused(String setting, String says) {
    EngineException refused = assertThrows(EngineException.class, () -> words(setting));
    assertEquals(EngineException.Kind.UNAVAILABLE, refused.kind());
    String message = String.valueOf(refused.getMessage());
    assertEquals(true, message.startsWith("Can't create ID mappings: "), message);
    assertEquals(true, message.contains(says), message);
  }
}
