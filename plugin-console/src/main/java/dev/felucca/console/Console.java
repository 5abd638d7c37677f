package dev.felucca.console;

import java.io.IOError;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.felix.gogo.jline.Shell;
import org.apache.felix.service.command.CommandProcessor;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves the Gogo shell on {@code shell.sock} in the run directory, to the engine's own user only:
 * who can type here can do all that the engine can. Without the framework property {@code
 * felucca.run-dir} (the bundle sits in somebody else's framework, which has a shell) it does
 * nothing.
 */
@Component(
    service = {},
    immediate = true)
public final class Console {
  private static final int RETRY_MILLIS = 1000;
  private static final Logger LOG = LoggerFactory.getLogger(Console.class);

  private final BundleContext context;
  private final CommandProcessor processor;
  private final Set<SocketChannel> visitors = ConcurrentHashMap.newKeySet();
  private final @Nullable Path socket;
  private final @Nullable ServerSocketChannel door;
  private @Nullable Shell shell;
  private @Nullable Commands commands;

  @Activate
  public Console(BundleContext context, @Reference CommandProcessor processor) throws IOException {
    this.context = context;
    this.processor = processor;
    String runDir = context.getProperty("felucca.run-dir");
    socket = runDir == null ? null : Path.of(runDir, "shell.sock");
    door = socket == null ? null : open(socket);
    if (door != null) {
      new Thread(() -> accept(door), "console").start();
    }
  }

  private static ServerSocketChannel open(Path socket) throws IOException {
    Files.deleteIfExists(socket);
    Files.createDirectories(socket.toAbsolutePath().getParent());
    // Bound under another name until its mode is right: between bind and chmod anybody could
    // connect.
    // The run directory is one engine's alone: what is there is left from one that was killed.
    Path hidden = socket.toAbsolutePath().resolveSibling(".sh").resolve("s");
    Files.deleteIfExists(hidden);
    Files.deleteIfExists(hidden.getParent());
    Files.createDirectory(
        hidden.getParent(),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    ServerSocketChannel door = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      door.bind(UnixDomainSocketAddress.of(hidden));
      Files.setPosixFilePermissions(hidden, PosixFilePermissions.fromString("rw-------"));
      Files.move(hidden, socket);
      Files.delete(hidden.getParent());
      return door;
    } catch (IOException e) {
      door.close();
      throw e;
    }
  }

  private void accept(ServerSocketChannel open) {
    try {
      while (true) {
        try {
          SocketChannel visitor = open.accept();
          visitors.add(visitor);
          new Thread(() -> serve(visitor), "console-visitor").start();
        } catch (ClosedChannelException deactivated) {
          return;
        } catch (IOException e) {
          // An engine that is out of descriptors has some again when containers end.
          LOG.error("the console could not take a visitor", e);
          Thread.sleep(RETRY_MILLIS);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void serve(SocketChannel visitor) {
    try (visitor;
        Frames frames = new Frames(visitor, visitor)) {
      new Visit(frames, processor, shell()).serve();
    } catch (ClosedChannelException left) {
      LOG.debug("a console visitor left", left);
    } catch (IOError | IOException e) { // JLine's word for a terminal that broke is IOError
      LOG.info("a console visitor was lost: {}", e.toString());
    } finally {
      visitors.remove(visitor);
    }
  }

  /**
   * The shell's classes cost memory that most engines never need, so they come with the first
   * visitor.
   */
  private synchronized Shell shell() {
    Shell made = shell;
    if (made == null) {
      made = new Shell(new Home(context), processor);
      commands = new Commands(context, processor, made);
      shell = made;
    }
    return made;
  }

  @Deactivate
  void close() throws IOException {
    if (door != null && socket != null) {
      door.close();
      Files.deleteIfExists(socket);
    }
    for (SocketChannel visitor : visitors) {
      visitor.close();
    }
    synchronized (this) {
      if (commands != null) {
        commands.close();
      }
    }
  }

  /** Where the shell finds its profile; {@code exit} in it ends the visit, never the engine. */
  private record Home(BundleContext bundle) implements Shell.Context {
    @Override
    public @Nullable String getProperty(String name) {
      return bundle.getProperty(name);
    }

    @Override
    public void exit() {
      // the visit ends by itself
    }
  }
}
