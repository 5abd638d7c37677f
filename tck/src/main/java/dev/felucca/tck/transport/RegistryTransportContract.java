package dev.felucca.tck.transport;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.felucca.kernel.Digest;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.EngineException.Kind;
import dev.felucca.kernel.image.Descriptor;
import dev.felucca.kernel.image.ImageReference;
import dev.felucca.kernel.transport.BlobStream;
import dev.felucca.kernel.transport.Credentials;
import dev.felucca.kernel.transport.Manifest;
import dev.felucca.kernel.transport.RegistryTransport;
import dev.felucca.kernel.transport.Upload;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The contract of a {@link RegistryTransport}. */
@Timeout(60)
public abstract class RegistryTransportContract {
  private static final String TYPE = "application/vnd.oci.image.manifest.v1+json";
  private static final String JSON = "{\"schemaVersion\":2,\"mediaType\":\"" + TYPE + "\"}";
  private static final Credentials RIGHT = new Credentials("jo", "secret", null, null);
  private static final Credentials WRONG = new Credentials("jo", "guess", null, null);

  private FakeRegistry registry;
  private RegistryTransport transport;

  /** One that waits about a second for a silent connection, and little between attempts. */
  protected abstract RegistryTransport create();

  @BeforeEach
  void start() throws IOException {
    registry = new FakeRegistry();
    transport = create();
  }

  @AfterEach
  void stop() throws Exception {
    registry.close();
    if (transport instanceof AutoCloseable closeable) {
      closeable.close();
    }
  }

  @Test
  void aManifestIsTheSameByTagAndByDigest() throws IOException {
    Digest digest = registry.manifest("team/app", "v1", TYPE, JSON);
    Manifest byTag = transport.resolve(reference("team/app:v1"), null);
    Manifest byDigest = transport.resolve(reference("team/app@" + digest), null);
    assertEquals(digest, byTag.descriptor().digest());
    assertEquals(TYPE, byTag.descriptor().mediaType());
    assertEquals(JSON.length(), byTag.descriptor().size());
    assertArrayEquals(byTag.bytes(), byDigest.bytes());
  }

  @Test
  void aMissingTagIsToldInDockersWords() {
    registry.manifest("team/app", "v1", TYPE, JSON);
    assertEquals(
        "manifest for "
            + registry.address()
            + "/team/app:v2 not found:"
            + " manifest unknown: manifest unknown",
        refused(Kind.NOT_FOUND, "team/app:v2"));
  }

  @Test
  void aMissingRepositoryIsToldInDockersWords() {
    assertEquals(
        "repository "
            + registry.address()
            + "/team/app not found:"
            + " name unknown: repository name not known to registry",
        refused(Kind.NOT_FOUND, "team/app:v2"));
  }

  @Test
  void aManifestThatIsNotItsDigestIsRefusedWithBoth() {
    Digest claimed = Digest.sha256("other".getBytes(UTF_8));
    registry.falseManifest("app", claimed, TYPE, JSON.getBytes(UTF_8));
    String message = refused(Kind.INVALID, "app@" + claimed);
    assertTrue(message.contains(claimed.toString()), message);
    assertTrue(message.contains(Digest.sha256(JSON.getBytes(UTF_8)).toString()), message);
  }

  @Test
  void aBlobComesWholeOrFromAnOffset() throws IOException {
    byte[] bytes = random(300_000);
    Descriptor blob = blob(bytes);
    assertArrayEquals(bytes, read(blob, 0, null));
    BlobStream rest = transport.pull(reference("app"), blob, 200_000, null);
    assertEquals(200_000, rest.offset());
    assertEquals(bytes.length, rest.size());
    try (InputStream in = rest.stream()) {
      assertArrayEquals(Arrays.copyOfRange(bytes, 200_000, bytes.length), in.readAllBytes());
    }
  }

  @Test
  void aRegistryThatCannotResumeIsReadFromTheStart() throws IOException {
    registry.withoutRanges();
    byte[] bytes = random(1000);
    BlobStream all = transport.pull(reference("app"), blob(bytes), 500, null);
    assertEquals(0, all.offset());
    try (InputStream in = all.stream()) {
      assertArrayEquals(bytes, in.readAllBytes());
    }
  }

  @Test
  void aMissingBlobIsNotFound() {
    Descriptor none = Descriptor.of("x", Digest.sha256(new byte[9]), 9);
    EngineException refusal =
        assertThrows(EngineException.class, () -> transport.pull(reference("app"), none, 0, null));
    assertEquals(Kind.NOT_FOUND, refusal.kind());
  }

  @Test
  void aBrokenBodyIsAnIOExceptionAndNotAnEnd() throws IOException {
    Descriptor blob = blob(random(100_000));
    registry.fault(blob.digest(), Faults.breaksOff(50_000, 1));
    assertThrows(IOException.class, () -> read(blob, 0, null));
  }

  @Test
  void aSilentConnectionIsNoticed() throws IOException {
    Descriptor blob = blob(random(100_000));
    registry.fault(blob.digest(), Faults.falls(50_000));
    assertTimeoutPreemptively(
        Duration.ofSeconds(20), () -> assertThrows(IOException.class, () -> read(blob, 0, null)));
  }

  @Test
  void anInterruptEndsAReadThatWaits() throws Exception {
    Descriptor blob = blob(random(100_000));
    CountDownLatch reading = new CountDownLatch(1);
    registry.fault(
        blob.digest(),
        Faults.waits(
            () -> {
              reading.countDown();
              registry.hang();
            }));
    Thread reader =
        new Thread(() -> assertThrows(IOException.class, () -> read(blob, 0, null)), "reader");
    reader.start();
    assertTrue(reading.await(20, TimeUnit.SECONDS));
    reader.interrupt();
    reader.join(10_000);
    assertFalse(reader.isAlive());
  }

  @Test
  void passingTroubleIsTriedAgain() throws IOException {
    registry.manifest("app", "latest", TYPE, JSON);
    registry.failNext(2);
    assertEquals(JSON.length(), transport.resolve(reference("app:latest"), null).bytes().length);
    Descriptor blob = blob(random(1000));
    registry.failNext(2);
    assertEquals(1000, read(blob, 0, null).length);
  }

  @Test
  void lastingTroubleIsToldAfterAFewAttempts() {
    registry.manifest("app", "latest", TYPE, JSON);
    registry.failNext(1000);
    String message = refused(Kind.UNREACHABLE, "app:latest");
    assertTrue(message.contains("503"), message);
    assertTrue(registry.gets("/manifests/") <= 10);
  }

  @Test
  void anUnreachableRegistryIsToldWithAddressAndReason() throws IOException {
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      port = socket.getLocalPort();
    }
    String address = "127.0.0.1:" + port;
    EngineException refusal =
        assertThrows(
            EngineException.class,
            () -> transport.resolve(ImageReference.parse(address + "/app:v1"), null));
    assertEquals(Kind.UNREACHABLE, refusal.kind());
    assertEquals(
        "Get \"http://" + address + "/v2/\": dial tcp " + address + ": connect: connection refused",
        refusal.getMessage());
  }

  @Test
  void basicCredentialsOpenAndTheirLackIsUnauthorized() throws IOException {
    registry.manifest("app", "latest", TYPE, JSON);
    registry.requireBasic("jo", "secret");
    assertEquals(JSON.length(), transport.resolve(reference("app:latest"), RIGHT).bytes().length);
    assertRefused(Kind.UNAUTHORIZED, "app:latest", null);
    assertRefused(Kind.UNAUTHORIZED, "app:latest", WRONG);
  }

  @Test
  void aTokenIsFetchedOnceForItsScope() throws IOException {
    try (FakeTokens tokens = new FakeTokens("open", null, null)) {
      registry.manifest("team/app", "latest", TYPE, JSON);
      registry.requireToken(tokens.realm(), "open");
      Descriptor blob = blob(random(10));
      transport.resolve(reference("team/app:latest"), null);
      for (int i = 0; i < 3; i++) {
        try (InputStream in = transport.pull(reference("team/app"), blob, 0, null).stream()) {
          assertEquals(10, in.readAllBytes().length);
        }
      }
      assertEquals(1, tokens.queries().size(), tokens.queries().toString());
      String query = tokens.queries().get(0);
      assertTrue(query.contains("service=fake"), query);
      assertTrue(query.contains("scope=repository%3Ateam%2Fapp%3Apull"), query);
    }
  }

  @Test
  void tokensAreForThoseWhoProveWhoTheyAre() throws IOException {
    try (FakeTokens tokens = new FakeTokens("open", "jo", "secret")) {
      registry.manifest("app", "latest", TYPE, JSON);
      registry.requireToken(tokens.realm(), "open");
      transport.resolve(reference("app:latest"), RIGHT);
      Credentials identity = new Credentials(null, null, "identity-of-jo", null);
      transport.resolve(reference("app:latest"), identity);
      Credentials given = new Credentials(null, null, null, "open");
      transport.resolve(reference("app:latest"), given);
      assertEquals(2, tokens.queries().size(), "the given token needs no server");
      assertRefused(Kind.UNAUTHORIZED, "app:latest", WRONG);
      assertRefused(Kind.UNAUTHORIZED, "app:latest", null);
    }
  }

  @Test
  void loginProvesCredentialsAndAnswersTheIdentity() throws IOException {
    try (FakeTokens tokens = new FakeTokens("open", "jo", "secret")) {
      registry.requireToken(tokens.realm(), "open");
      assertEquals("identity-of-jo", transport.login(registry.address(), RIGHT));
      EngineException refusal =
          assertThrows(EngineException.class, () -> transport.login(registry.address(), WRONG));
      assertEquals(Kind.UNAUTHORIZED, refusal.kind());
      assertEquals("unauthorized: incorrect username or password", refusal.getMessage());
    }
    registry.requireBasic("jo", "secret");
    assertNull(create().login(registry.address(), RIGHT));
  }

  @Test
  void credentialsStayWithTheRegistryWhenABlobIsElsewhere() throws IOException {
    try (FakeRegistry storage = new FakeRegistry()) {
      byte[] bytes = random(5000);
      Descriptor blob = blob(bytes);
      storage.blob(bytes);
      registry.requireBasic("jo", "secret");
      registry.fault(
          blob.digest(),
          Faults.redirects("http://" + storage.address() + "/v2/x/blobs/" + blob.digest()));
      assertArrayEquals(bytes, read(blob, 0, RIGHT));
      assertEquals(1, storage.seen().size());
      assertNull(storage.seen().get(0).header("Authorization"));
    }
  }

  @Test
  void whereABlobIsElsewhereCannotAskForCredentials() throws IOException {
    try (FakeRegistry storage = new FakeRegistry();
        FakeTokens curious = new FakeTokens("open", null, null)) {
      byte[] bytes = random(50);
      Descriptor blob = blob(bytes);
      storage.blob(bytes);
      storage.requireToken(curious.realm(), "open");
      registry.fault(
          blob.digest(),
          Faults.redirects("http://" + storage.address() + "/v2/x/blobs/" + blob.digest()));
      EngineException refusal = assertThrows(EngineException.class, () -> read(blob, 0, RIGHT));
      assertEquals(Kind.UNAUTHORIZED, refusal.kind());
      assertEquals(List.of(), curious.queries());
    }
  }

  @Test
  void aRedirectToPlainHttpElsewhereIsNotFollowed() {
    Descriptor blob = blob(random(50));
    registry.fault(blob.digest(), Faults.redirects("http://registry.invalid/blob"));
    Exception refusal = assertThrows(Exception.class, () -> read(blob, 0, null));
    assertTrue(
        String.valueOf(refusal.getMessage()).contains("registry.invalid, which isn't allowed"),
        refusal.toString());
  }

  @Test
  void redirectsWithoutEndAreNotFollowed() {
    Descriptor blob = blob(random(50));
    registry.fault(
        blob.digest(),
        Faults.redirects("http://" + registry.address() + "/v2/app/blobs/" + blob.digest()));
    assertThrows(Exception.class, () -> read(blob, 0, null));
    assertTrue(registry.gets("/blobs/") < 100, () -> registry.gets("/blobs/") + " requests");
  }

  @Test
  void aPartThatIsNotTheOneAskedForIsRefused() {
    byte[] bytes = random(1000);
    Descriptor blob = blob(bytes);
    registry.fault(
        blob.digest(),
        (exchange, content, fake) -> {
          exchange.getResponseHeaders().set("Content-Range", "bytes 400-999/1000");
          FakeRegistry.send(exchange, 206, Arrays.copyOfRange(content, 400, 1000));
          return true;
        });
    assertThrows(IOException.class, () -> read(blob, 500, null));
  }

  @Test
  void anAnswerThatNeverBeginsIsGivenUp() {
    Descriptor blob = blob(random(50));
    registry.fault(
        blob.digest(),
        (exchange, content, fake) -> {
          fake.hang();
          return true;
        });
    assertTimeoutPreemptively(
        Duration.ofSeconds(60), () -> assertThrows(Exception.class, () -> read(blob, 0, null)));
  }

  @Test
  void aManifestOfMoreThanFourMebibytesIsRefused() {
    registry.manifest("app", "large", TYPE, "{}" + " ".repeat(4 << 20));
    Exception refusal =
        assertThrows(Exception.class, () -> transport.resolve(reference("app:large"), null));
    assertTrue(String.valueOf(refusal.getMessage()).contains("4 MiB"), refusal.toString());
  }

  @Test
  void tagsWithoutEndAreRefused() {
    registry.manifest("app", "v1", TYPE, JSON);
    AtomicInteger page = new AtomicInteger();
    registry.tagsGoOnAt(() -> "/v2/app/tags/list?n=" + page.incrementAndGet());
    EngineException refusal =
        assertThrows(EngineException.class, () -> transport.tags(reference("app"), null));
    assertEquals(Kind.INVALID, refusal.kind());
    assertTrue(page.get() <= 10_000, page + " pages");
  }

  @Test
  void tagsThatWouldFillTheMemoryAreRefused() {
    registry.manifest("app", "v".repeat(1 << 20), TYPE, JSON);
    AtomicInteger page = new AtomicInteger();
    registry.tagsGoOnAt(() -> "/v2/app/tags/list?n=" + page.incrementAndGet());
    EngineException refusal =
        assertThrows(EngineException.class, () -> transport.tags(reference("app"), null));
    assertEquals(Kind.INVALID, refusal.kind());
    assertTrue(page.get() <= 100, page + " pages of a mebibyte");
  }

  @Test
  void tagsThatGoOnElsewhereAreNotAskedFor() throws IOException {
    try (FakeRegistry other = new FakeRegistry()) {
      registry.manifest("app", "v1", TYPE, JSON);
      other.manifest("app", "theirs", TYPE, JSON);
      registry.tagsGoOnAt(() -> "http://" + other.address() + "/v2/app/tags/list");
      assertThrows(IOException.class, () -> transport.tags(reference("app"), RIGHT));
      assertEquals(List.of(), other.seen());
    }
  }

  @Test
  void whatIsPushedIsThere() throws IOException {
    byte[] bytes = random(100_000);
    Descriptor blob = Descriptor.of("x", Digest.sha256(bytes), bytes.length);
    assertFalse(transport.has(reference("app"), blob.digest(), null));
    assertEquals(Upload.Kind.SENT, push(blob, bytes, List.of()).kind());
    assertEquals(Upload.Kind.EXISTED, push(blob, bytes, List.of()).kind());
    assertTrue(transport.has(reference("app"), blob.digest(), null));
    assertArrayEquals(bytes, read(blob, 0, null));
    byte[] json = JSON.getBytes(UTF_8);
    Manifest manifest = new Manifest(Descriptor.of(TYPE, Digest.sha256(json), json.length), json);
    assertEquals(
        manifest.descriptor().digest(),
        transport.pushManifest(reference("app:new"), manifest, null));
    assertArrayEquals(json, transport.resolve(reference("app:new"), null).bytes());
  }

  @Test
  void aBlobOfAnotherRepositoryIsMountedAndNotSent() throws IOException {
    byte[] bytes = random(50_000);
    Descriptor blob = Descriptor.of("x", registry.elsewhere("base/image", bytes), bytes.length);
    Upload upload = push(blob, bytes, List.of("not/there", "base/image"));
    assertEquals(new Upload(Upload.Kind.MOUNTED, "base/image"), upload);
    assertEquals(0, registry.seen().stream().filter(s -> s.method().equals("PUT")).count());
    assertTrue(registry.hasBlob(blob.digest()));
  }

  @Test
  void anUploadThatBreaksOffIsResumed() throws IOException {
    byte[] bytes = random(3_000_000);
    Descriptor blob = Descriptor.of("x", Digest.sha256(bytes), bytes.length);
    registry.breakUpload(1_000_000);
    assertEquals(Upload.Kind.SENT, push(blob, bytes, List.of()).kind());
    assertArrayEquals(bytes, read(blob, 0, null));
    long sent =
        registry.seen().stream()
            .filter(s -> s.method().equals("PATCH"))
            .mapToLong(s -> Long.parseLong(String.valueOf(s.header("Content-Length"))))
            .sum();
    assertEquals(2_000_000, sent, "what the registry had is not sent again");
  }

  @Test
  void aHeadTellsWhatATagStandsForWithoutItsContent() throws IOException {
    Digest digest = registry.manifest("team/app", "v1", TYPE, JSON);
    Descriptor head = transport.head(reference("team/app:v1"), null);
    assertEquals(Descriptor.of(TYPE, digest, JSON.length()), head);
    assertEquals(0, registry.gets("/manifests/"));
    EngineException e =
        assertThrows(EngineException.class, () -> transport.head(reference("team/app:v2"), null));
    assertEquals(Kind.NOT_FOUND, e.kind());
  }

  @Test
  void whereThereIsNoSearchTheCatalogIsSearched() throws IOException {
    registry.manifest("team/app", "v1", TYPE, JSON);
    registry.manifest("team/other", "v1", TYPE, JSON);
    assertEquals(
        List.of(registry.address() + "/team/app"),
        transport.search(registry.address(), "app", 25, null).stream().map(r -> r.name()).toList());
  }

  @Test
  void aLoginOfNobodySucceedsWhereTheRegistryAsksForNothing() throws IOException {
    Credentials nobody = new Credentials("", "", null, null);
    assertNull(transport.login(registry.address(), nobody));
    registry.requireBasic("jo", "secret");
    EngineException e =
        assertThrows(EngineException.class, () -> create().login(registry.address(), nobody));
    assertEquals(Kind.UNAUTHORIZED, e.kind());
  }

  @Test
  void aLoginAtWhatIsNoAddressIsInvalid() {
    for (String address : List.of("a b", "a\0", "[1", "no_host:5000", "host:port")) {
      EngineException e =
          assertThrows(EngineException.class, () -> transport.login(address, RIGHT), address);
      assertEquals(Kind.INVALID, e.kind(), address);
    }
  }

  @Test
  void aLoginIsRightOrUnauthorized() throws IOException {
    registry.requireBasic("jo", "secret");
    assertNull(transport.login(registry.address(), RIGHT));
    EngineException e =
        assertThrows(EngineException.class, () -> transport.login(registry.address(), WRONG));
    assertEquals(Kind.UNAUTHORIZED, e.kind());
    assertFalse(String.valueOf(e.getMessage()).contains("guess"));
  }

  @Test
  void tagsComeFromAllPages() throws IOException {
    for (String tag : List.of("a", "b", "c", "d", "e")) {
      registry.manifest("app", tag, TYPE, JSON);
    }
    assertEquals(List.of("a", "b", "c", "d", "e"), transport.tags(reference("app"), null));
  }

  private ImageReference reference(String rest) {
    return ImageReference.parse(registry.address() + "/" + rest);
  }

  private Upload push(Descriptor blob, byte[] bytes, List<String> mountFrom) throws IOException {
    return transport.pushBlob(
        reference("app"),
        blob,
        offset -> new ByteArrayInputStream(bytes, (int) offset, bytes.length - (int) offset),
        mountFrom,
        null);
  }

  private Descriptor blob(byte[] bytes) {
    return Descriptor.of("x", registry.blob(bytes), bytes.length);
  }

  private byte[] read(Descriptor blob, long offset, @Nullable Credentials who) throws IOException {
    try (InputStream in = transport.pull(reference("app"), blob, offset, who).stream()) {
      return in.readAllBytes();
    }
  }

  private String refused(Kind kind, String reference) {
    return assertRefused(kind, reference, null).getMessage();
  }

  private EngineException assertRefused(Kind kind, String reference, @Nullable Credentials who) {
    EngineException refusal =
        assertThrows(EngineException.class, () -> transport.resolve(reference(reference), who));
    assertEquals(kind, refusal.kind(), refusal.getMessage());
    assertFalse(refusal.getMessage().contains("\n"), refusal.getMessage());
    return refusal;
  }

  private static byte[] random(int size) {
    byte[] bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    return bytes;
  }
}
