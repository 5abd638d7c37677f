package dev.felucca.linux.netlink;

import dev.felucca.linux.Fd;
import dev.felucca.linux.LinuxFiles;
import dev.felucca.linux.OpenFlag;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.Sysno;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** A network namespace held by a descriptor: it lives at least as long as this is open. */
public final class NetworkNamespace implements AutoCloseable {
  private static final int CLONE_NEWNET = 0x40000000;

  /** An action inside the namespace. */
  public interface Inside<T> {
    T run() throws IOException;
  }

  private final Syscalls linux;
  private final Fd fd;

  private NetworkNamespace(Syscalls linux, Fd fd) {
    this.linux = linux;
    this.fd = fd;
  }

  /** Opens a path such as {@code /proc/PID/ns/net}. */
  public static NetworkNamespace open(Syscalls linux, String path) throws IOException {
    return new NetworkNamespace(
        linux, new LinuxFiles(linux).openat(LinuxFiles.AT_FDCWD, path, 0, OpenFlag.RDONLY));
  }

  /** The descriptor's number, for {@link LinkMessage#namespace}. */
  public int fd() {
    return fd.number();
  }

  /** A routing socket inside. */
  public RouteSocket route() throws IOException {
    return inside(() -> RouteSocket.open(linux));
  }

  /** A netlink socket of any protocol inside. */
  public NetlinkSocket socket(int protocol) throws IOException {
    return inside(() -> NetlinkSocket.open(linux, protocol));
  }

  /** Runs in a thread of its own that enters the namespace and ends with the action: no other thread is ever inside. */
  public <T> T inside(Inside<T> action) throws IOException {
    CompletableFuture<T> result = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                linux.check("enter network namespace", Sysno.SETNS, fd.number(), CLONE_NEWNET);
                result.complete(action.run());
              } catch (IOException | RuntimeException | Error e) {
                result.completeExceptionally(e);
              }
            },
            "netns-" + fd.number());
    thread.start();
    try {
      return result.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException) {
        throw new IOException(e.getCause().getMessage(), e.getCause());
      }
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while a thread is in a network namespace", e);
    }
  }

  @Override
  public void close() {
    fd.close();
  }
}
