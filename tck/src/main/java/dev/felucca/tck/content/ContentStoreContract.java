package dev.felucca.tck.content;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.felucca.kernel.Digest;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.image.ContentStore;
import dev.felucca.kernel.image.Ingest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The contract of a {@link ContentStore}. */
public abstract class ContentStoreContract {
  private static final byte[] CONTENT = "some content of a blob".getBytes(UTF_8);
  private static final Digest DIGEST = Digest.sha256(CONTENT);

  @TempDir Path root;

  /** A store over {@code root}; another one over the same root finds what this one left. */
  protected abstract ContentStore create(Path root) throws IOException;

  @Test
  void aCommittedBlobIsReadBack() throws IOException {
    ContentStore store = create(root);
    put(store, "a", CONTENT, DIGEST);
    assertArrayEquals(CONTENT, read(store, DIGEST));
    assertEquals(Optional.of((long) CONTENT.length), store.size(DIGEST));
    assertEquals(List.of(DIGEST), blobs(store));
    assertEquals(List.of(), store.ingests());
  }

  @Test
  void aBlobIsNotThereBeforeItsCommit() throws IOException {
    ContentStore store = create(root);
    try (Ingest ingest = store.ingest("a")) {
      ingest.write(ByteBuffer.wrap(CONTENT));
      assertEquals(Optional.empty(), store.size(DIGEST));
      assertEquals(List.of(), blobs(store));
      assertRefused(EngineException.Kind.NOT_FOUND, () -> store.open(DIGEST));
    }
  }

  @Test
  void anIngestGoesOnWhereAnEarlierStoreStopped() throws IOException {
    try (Ingest ingest = create(root).ingest("a")) {
      ingest.write(ByteBuffer.wrap(CONTENT, 0, 10));
    }
    ContentStore store = create(root);
    assertEquals(List.of("a"), store.ingests());
    try (Ingest ingest = store.ingest("a")) {
      assertEquals(10, ingest.offset());
      ingest.write(ByteBuffer.wrap(CONTENT, 10, CONTENT.length - 10));
      ingest.commit(CONTENT.length, DIGEST);
    }
    assertArrayEquals(CONTENT, read(store, DIGEST));
  }

  @Test
  void aWrongDigestNamesBothAndLeavesNothing() throws IOException {
    ContentStore store = create(root);
    byte[] flipped = CONTENT.clone();
    flipped[3] ^= 1;
    EngineException refusal =
        assertRefused(EngineException.Kind.INVALID, () -> put(store, "a", flipped, DIGEST));
    assertTrue(refusal.getMessage().contains(DIGEST.toString()), refusal.getMessage());
    assertTrue(
        refusal.getMessage().contains(Digest.sha256(flipped).toString()), refusal.getMessage());
    assertEquals(List.of(), blobs(store));
    assertEquals(List.of(), store.ingests());
  }

  @Test
  void aWrongSizeNamesBothAndLeavesNothing() throws IOException {
    ContentStore store = create(root);
    try (Ingest ingest = store.ingest("a")) {
      ingest.write(ByteBuffer.wrap(CONTENT));
      EngineException refusal =
          assertRefused(EngineException.Kind.INVALID, () -> ingest.commit(99, DIGEST));
      assertTrue(refusal.getMessage().contains("99"), refusal.getMessage());
      assertTrue(refusal.getMessage().contains("" + CONTENT.length), refusal.getMessage());
    }
    assertEquals(List.of(), blobs(store));
    assertEquals(List.of(), store.ingests());
  }

  @Test
  void anyOtherSizeIsRightWhenNoneIsExpected() throws IOException {
    ContentStore store = create(root);
    try (Ingest ingest = store.ingest("a")) {
      ingest.write(ByteBuffer.wrap(CONTENT));
      ingest.commit(-1, DIGEST);
    }
    assertArrayEquals(CONTENT, read(store, DIGEST));
  }

  @Test
  void sha512IsVerifiedToo() throws IOException {
    ContentStore store = create(root);
    Digest zero = new Digest("sha512", "0".repeat(128));
    Digest right = new Digest("sha512", HexFormat.of().formatHex(zero.newHash().digest(CONTENT)));
    put(store, "a", CONTENT, right);
    assertArrayEquals(CONTENT, read(store, right));
    assertRefused(EngineException.Kind.INVALID, () -> put(store, "b", CONTENT, zero));
  }

  @Test
  void aTruncatedIngestBeginsAgain() throws IOException {
    ContentStore store = create(root);
    try (Ingest ingest = store.ingest("a")) {
      ingest.write(ByteBuffer.wrap("rubbish".getBytes(UTF_8)));
      ingest.truncate();
      assertEquals(0, ingest.offset());
      ingest.write(ByteBuffer.wrap(CONTENT));
      ingest.commit(CONTENT.length, DIGEST);
    }
    assertArrayEquals(CONTENT, read(store, DIGEST));
  }

  @Test
  void oneReferenceHasOneWriter() throws IOException {
    ContentStore store = create(root);
    try (Ingest first = store.ingest("a")) {
      assertEquals(0, first.offset());
      assertRefused(EngineException.Kind.CONFLICT, () -> store.ingest("a"));
    }
    store.ingest("a").close();
  }

  @Test
  void aReaderFollowsTheWriterAndOutlivesTheCommit() throws IOException {
    ContentStore store = create(root);
    try (Ingest ingest = store.ingest("a");
        SeekableByteChannel reader = ingest.reader()) {
      ingest.write(ByteBuffer.wrap(CONTENT, 0, 4));
      ByteBuffer four = ByteBuffer.allocate(100);
      assertEquals(4, reader.read(four));
      assertEquals(-1, reader.read(four));
      ingest.write(ByteBuffer.wrap(CONTENT, 4, CONTENT.length - 4));
      ingest.commit(CONTENT.length, DIGEST);
      assertEquals(CONTENT.length - 4, reader.read(four));
    }
  }

  @Test
  void committingWhatIsThereSucceeds() throws IOException {
    ContentStore store = create(root);
    put(store, "a", CONTENT, DIGEST);
    put(store, "b", CONTENT, DIGEST);
    assertEquals(List.of(DIGEST), blobs(store));
    assertEquals(List.of(), store.ingests());
  }

  @Test
  void anOpenBlobStaysReadableWhenDeleted() throws IOException {
    ContentStore store = create(root);
    put(store, "a", CONTENT, DIGEST);
    try (SeekableByteChannel channel = store.open(DIGEST)) {
      store.delete(DIGEST);
      store.delete(DIGEST);
      assertFalse(store.size(DIGEST).isPresent());
      assertArrayEquals(CONTENT, Channels.newInputStream(channel).readAllBytes());
    }
  }

  @Test
  void anAbortedIngestIsGone() throws IOException {
    ContentStore store = create(root);
    try (Ingest ingest = store.ingest("a")) {
      ingest.write(ByteBuffer.wrap(CONTENT));
    }
    store.abort("a");
    store.abort("a");
    assertEquals(List.of(), store.ingests());
    try (Ingest ingest = store.ingest("a")) {
      assertEquals(0, ingest.offset());
    }
  }

  @Test
  void referencesCannotLeadOutOfTheStore() throws IOException {
    ContentStore store = create(root);
    for (String ref : List.of("../x", "a/b", "", ".", "..", "x\0y")) {
      assertRefused(EngineException.Kind.INVALID, () -> store.ingest(ref));
      assertRefused(EngineException.Kind.INVALID, () -> store.abort(ref));
    }
  }

  @Test
  void manyCommitAtOnce() throws Exception {
    ContentStore store = create(root);
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      List<Future<Digest>> all = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        byte[] content = ("content " + i / 2).getBytes(UTF_8); // each twice
        String ref = "ref-" + i;
        Callable<Digest> work =
            () -> {
              put(store, ref, content, Digest.sha256(content));
              return Digest.sha256(content);
            };
        all.add(threads.submit(work));
      }
      for (Future<Digest> one : all) {
        assertTrue(store.size(one.get()).isPresent());
      }
      assertEquals(20, blobs(store).size());
    } finally {
      threads.shutdownNow();
    }
  }

  private static void put(ContentStore store, String ref, byte[] content, Digest digest)
      throws IOException {
    try (Ingest ingest = store.ingest(ref)) {
      ingest.write(ByteBuffer.wrap(content));
      ingest.commit(content.length, digest);
    }
  }

  private static byte[] read(ContentStore store, Digest digest) throws IOException {
    try (SeekableByteChannel channel = store.open(digest)) {
      return Channels.newInputStream(channel).readAllBytes();
    }
  }

  private static List<Digest> blobs(ContentStore store) throws IOException {
    List<Digest> found = new ArrayList<>();
    store.walk(found::add);
    return found;
  }

  private interface Deed {
    void run() throws IOException;
  }

  private static EngineException assertRefused(EngineException.Kind kind, Deed deed) {
    EngineException refusal = assertThrows(EngineException.class, deed::run);
    assertEquals(kind, refusal.kind(), refusal.getMessage());
    return refusal;
  }
}
