package dev.felucca.engine.image;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.engine.driver.DriverTable;
import dev.felucca.engine.state.DiskFull;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.image.ContentStore;
import dev.felucca.kernel.image.Descriptor;
import dev.felucca.kernel.image.ImageReference;
import dev.felucca.kernel.image.Ingest;
import dev.felucca.kernel.transport.BlobStream;
import dev.felucca.kernel.transport.Credentials;
import dev.felucca.kernel.transport.RegistryTransport;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Brings one blob from a registry into the content store, over as many connections as it takes. */
final class BlobDownload implements Shared.Work<Boolean> {
  static final String TRANSPORT = "registry";
  private static final Logger LOG = LoggerFactory.getLogger(BlobDownload.class);
  private static final int CHUNK = 1 << 16;
  private static final int FRUITLESS_ATTEMPTS = 3;

  /** A connection that brought less is no progress: a registry that trickles would never end. */
  private static final long FRUIT = 1 << 18;

  private final ContentStore store;
  private final DriverTable<RegistryTransport> transports;
  private final ImageReference repository;
  private final Descriptor blob;
  private final @Nullable Credentials credentials;
  private final Transfer transfer;

  BlobDownload(
      ContentStore store,
      DriverTable<RegistryTransport> transports,
      ImageReference repository,
      Descriptor blob,
      @Nullable Credentials credentials) {
    this.store = store;
    this.transports = transports;
    this.repository = repository;
    this.blob = blob;
    this.credentials = credentials;
    this.transfer = new Transfer(blob.size());
  }

  /** Returns when the blob is in the store; {@link Transfer} hears of it all, the failure too. */
  @Override
  public Boolean run(Consumer<Step> steps) throws IOException, InterruptedException {
    try {
      if (store.size(blob.digest()).isEmpty()) {
        download(steps);
      }
      // Before those who wait hear of it: they may be done in no time and say so.
      steps.accept(Step.of("Download complete"));
      transfer.finish(() -> store.open(blob.digest()));
      return true;
    } catch (IOException | InterruptedException | RuntimeException | Error e) {
      transfer.fail(e);
      if (DiskFull.is(e)) {
        giveRoomBack(e);
      }
      throw e;
    }
  }

  /** What is there would be gone on with; where it fills the disk, nothing else could be done. */
  private void giveRoomBack(Throwable full) {
    try {
      store.abort(blob.digest().toString());
    } catch (IOException | RuntimeException e) {
      full.addSuppressed(e);
    }
  }

  /** For those who read along. */
  Transfer transfer() {
    return transfer;
  }

  private void download(Consumer<Step> steps) throws IOException, InterruptedException {
    while (true) {
      boolean resumed = false;
      try (Ingest ingest = store.ingest(blob.digest().toString())) {
        resumed = ingest.offset() > 0;
        if (ingest.offset() > blob.size()) {
          ingest.truncate();
        }
        // What an earlier engine left may have holes after a power cut: nobody reads along then, so
        // that starting again from nothing disturbs nobody.
        if (!resumed) {
          transfer.begin(ingest);
        }
        fill(ingest, steps);
        steps.accept(Step.of("Verifying Checksum"));
        ingest.commit(blob.size(), blob.digest());
        return;
      } catch (EngineException e) {
        if (e.kind() != INVALID || !resumed) {
          throw e;
        }
        LOG.warn("{}: what was left of an earlier download is damaged: {}", blob, e.getMessage());
        store.abort(blob.digest().toString());
      }
    }
  }

  private void fill(Ingest ingest, Consumer<Step> steps) throws IOException, InterruptedException {
    Throttle bar = new Throttle(steps, "Downloading", blob.size());
    for (int fruitless = 0; ingest.offset() < blob.size(); ) {
      long before = ingest.offset();
      Optional<IOException> broken =
          transports.use(TRANSPORT, registry -> receive(registry, ingest, bar));
      if (broken.isEmpty()) {
        continue;
      }
      if (Thread.currentThread().isInterrupted()) {
        throw broken.get();
      }
      fruitless = ingest.offset() - before >= FRUIT ? 1 : fruitless + 1;
      if (fruitless >= FRUITLESS_ATTEMPTS) {
        throw new IOException(
            "download of "
                + blob.digest()
                + " from "
                + repository.domain()
                + " broke off at byte "
                + ingest.offset()
                + " of "
                + blob.size()
                + ": "
                + broken.get().getMessage(),
            broken.get());
      }
      LOG.debug(
          "{} broke off at {}: {}", blob.digest(), ingest.offset(), broken.get().getMessage());
      steps.accept(Step.of("Retrying in " + fruitless + (fruitless == 1 ? " second" : " seconds")));
      Thread.sleep(1000L * fruitless);
    }
    bar.end();
  }

  /** Receives what one connection gives; answers what broke it. */
  private Optional<IOException> receive(RegistryTransport registry, Ingest ingest, Throttle bar)
      throws IOException {
    BlobStream from = registry.pull(repository, blob, ingest.offset(), credentials);
    try (InputStream stream = from.stream()) {
      if (from.size() >= 0 && from.size() != blob.size()) {
        throw wrongSize(from.size());
      }
      byte[] chunk = new byte[CHUNK];
      long skip = ingest.offset() - from.offset();
      while (true) {
        int n;
        try {
          n = stream.read(chunk);
        } catch (IOException e) {
          return Optional.of(e);
        }
        if (n < 0) {
          return ingest.offset() < blob.size()
              ? Optional.of(new IOException("the registry sent no more than that"))
              : Optional.empty();
        }
        int start = (int) Math.min(skip, n);
        skip -= start;
        if (ingest.offset() + n - start > blob.size()) {
          throw wrongSize(ingest.offset() + n - start);
        }
        ingest.write(ByteBuffer.wrap(chunk, start, n - start));
        transfer.advance(ingest.offset());
        bar.at(ingest.offset());
      }
    }
  }

  private EngineException wrongSize(long size) {
    return new EngineException(
        INVALID,
        "size of "
            + blob.digest()
            + " is wrong: expected "
            + blob.size()
            + " bytes, the registry sends "
            + size
            + (size > blob.size() ? " or more" : ""));
  }
}
