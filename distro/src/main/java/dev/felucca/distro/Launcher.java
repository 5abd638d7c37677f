package dev.felucca.distro;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.osgi.framework.BundleException;

/**
 * Starts the distribution and says {@code ready} when its API answers. Ends with 0 after TERM or
 * after the framework was stopped from within, 1 when the engine could not start, 2 for a bad
 * command line.
 */
public final class Launcher {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private Launcher() {}

  public static void main(String[] arguments) {
    Options options;
    try {
      options = Options.parse(arguments);
    } catch (IllegalArgumentException e) {
      System.err.println("felucca: " + e.getMessage());
      System.exit(2);
      return;
    }
    try (Claim claim = Claim.of(options)) {
      run(options, claim);
    } catch (IOException | BundleException | RuntimeException e) {
      System.err.println("felucca: cannot start: " + e.getMessage());
      e.printStackTrace();
      Runtime.getRuntime().halt(1);
    } catch (InterruptedException e) {
      Runtime.getRuntime().halt(1);
    }
    // Not exit: the hook below would wait for this thread. No bundle's thread is asked either; they
    // all had their deactivation.
    Runtime.getRuntime().halt(0);
  }

  private static void run(Options options, Claim claim)
      throws BundleException, IOException, InterruptedException {
    Distribution distribution = Distribution.start(options);
    Thread main = Thread.currentThread();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> end(distribution, main), "felucca-stop"));
    Instant deadline = Instant.now().plus(PATIENCE);
    while (!Ping.answers(options.socket())) {
      if (!distribution.runs()) {
        distribution.await();
        return;
      }
      if (Instant.now().isAfter(deadline)) {
        distribution.stop();
        throw new IOException(
            "the API did not answer on "
                + options.socket()
                + " within "
                + PATIENCE.toSeconds()
                + " s");
      }
      Thread.sleep(2);
    }
    String ready = "ready on " + options.socket() + " after " + Self.age().toMillis() + " ms";
    claim.ready(ready);
    System.out.println(ready);
    Path train = options.train();
    if (train != null) {
      try {
        new Training(options.socket()).exercise();
      } catch (IOException e) {
        System.err.println("felucca: only partly trained: " + e.getMessage());
      }
      System.out.println("linked " + distribution.link(train) + " methods");
      distribution.stop();
    }
    distribution.await();
  }

  /**
   * After TERM or INT. The main thread sees the framework end, lets go of the folders and halts.
   */
  private static void end(Distribution distribution, Thread main) {
    try {
      distribution.stop();
      main.join(10_000);
    } catch (BundleException e) {
      System.err.println("felucca: stopping: " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
