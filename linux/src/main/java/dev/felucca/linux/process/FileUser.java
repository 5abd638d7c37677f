package dev.felucca.linux.process;

import dev.felucca.linux.NativeMemory;
import dev.felucca.linux.SyscallException;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.Sysno;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/**
 * Works with files as another user who may all that root may: what it makes belongs to that user.
 * Where a mount shows files with other owners (idmapped mounts), who is not in its map makes
 * nothing, and root of the host is not in it. In a thread of its own, whose credentials end with
 * it.
 */
public final class FileUser {
  private static final int CAPABILITY_VERSION_3 = 0x20080522;

  /** What is to be done. */
  public interface Work {
    void run() throws IOException;
  }

  private FileUser() {}

  public static void run(Syscalls linux, int uid, int gid, Work work) throws IOException {
    CompletableFuture<Boolean> done = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                become(linux, uid, gid);
                work.run();
                done.complete(true);
              } catch (IOException | RuntimeException | Error e) {
                done.completeExceptionally(e);
              }
            },
            "files-of-" + Integer.toUnsignedString(uid));
    thread.setDaemon(true);
    thread.start();
    try {
      done.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException cause) {
        throw cause;
      }
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IOException("work as user " + Integer.toUnsignedString(uid), e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while working as another user", e);
    }
  }

  /** For the calling thread, which must end when it is done. */
  public static void become(Syscalls linux, int uid, int gid) throws SyscallException {
    linux.call(Sysno.SETFSGID, gid);
    linux.call(Sysno.SETFSUID, uid);
    // That takes the capabilities for files out of use: they are taken into it again.
    try (NativeMemory memory = new NativeMemory()) {
      long header = memory.longs(CAPABILITY_VERSION_3);
      long data = memory.allocate(24);
      linux.check("capget", Sysno.CAPGET, header, data);
      int low = memory.getInt(data + 4);
      int high = memory.getInt(data + 16);
      int inherited = memory.getInt(data + 8);
      int inheritedHigh = memory.getInt(data + 20);
      long all = memory.longs(pair(low, low), pair(inherited, high), pair(high, inheritedHigh));
      linux.check("capset", Sysno.CAPSET, header, all);
    }
  }

  private static long pair(int first, int second) {
    return first & 0xffffffffL | (long) second << 32;
  }
}
