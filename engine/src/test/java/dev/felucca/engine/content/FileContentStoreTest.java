package dev.felucca.engine.content;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.felucca.kernel.Digest;
import dev.felucca.kernel.image.ContentStore;
import dev.felucca.kernel.image.Ingest;
import dev.felucca.tck.content.ContentStoreContract;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileContentStoreTest extends ContentStoreContract {
  private static final byte[] CONTENT = "content".getBytes(StandardCharsets.US_ASCII);
  private static final Digest DIGEST = Digest.sha256(CONTENT);

  @TempDir Path data;

  @Override
  protected ContentStore create(Path root) throws IOException {
    return new FileContentStore(root, new Hashes());
  }

  @Test
  void noBootIsSeenInAFileThatIsDamaged() throws IOException {
    Path seen = data.resolve("content-boot");
    store().afterBoot(Set.of());
    byte[] whole = Files.readAllBytes(seen);
    byte[] rubbish = whole.clone();
    for (int i = 0; i < rubbish.length; i++) {
      rubbish[i] ^= (byte) 0xa5;
    }
    for (byte[] content : new byte[][] {rubbish, new byte[0], "[1, 2]\n".getBytes()}) {
      Files.write(seen, content);
      assertDamageIsLookedFor(whole);
    }
    Files.delete(seen);
    Files.createDirectories(seen.resolve("directory"));
    assertDamageIsLookedFor(whole);
    Files.delete(seen);
    Files.createSymbolicLink(seen, seen); // as a bad sector, it is there and cannot be read
    assertDamageIsLookedFor(whole);
  }

  private void assertDamageIsLookedFor(byte[] whole) throws IOException {
    FileContentStore store = store();
    put(store);
    Files.writeString(blob(), "damaged");
    store.afterBoot(Set.of());
    assertEquals(Optional.empty(), store.size(DIGEST));
    assertEquals(
        new String(whole, StandardCharsets.US_ASCII).strip(),
        Files.readString(data.resolve("content-boot")).strip());
    put(store);
    Files.writeString(blob(), "damaged");
    store.afterBoot(Set.of());
    assertTrue(Files.exists(blob()), "this boot was seen");
    store.delete(DIGEST);
  }

  @Test
  void contentThatCannotBeReadIsMovedAsideAfterABoot() throws IOException {
    Files.createDirectories(blob().resolve("directory"));
    FileContentStore store = store();
    store.afterBoot(Set.of());
    assertFalse(Files.exists(blob()));
    assertTrue(Files.isDirectory(blob().resolveSibling(blob().getFileName() + ".damaged-0")));
    put(store);
    assertEquals(Optional.of((long) CONTENT.length), store.size(DIGEST));
  }

  private FileContentStore store() throws IOException {
    return new FileContentStore(data.resolve("content"), new Hashes());
  }

  private Path blob() {
    return data.resolve("content/blobs/sha256").resolve(DIGEST.hex());
  }

  private static void put(FileContentStore store) throws IOException {
    try (Ingest ingest = store.ingest("test")) {
      ingest.write(ByteBuffer.wrap(CONTENT));
      ingest.commit(CONTENT.length, DIGEST);
    }
  }
}
