package dev.felucca.bench;

import com.sun.jna.Function;
import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import com.sun.jna.StringArray;
import com.sun.jna.ptr.IntByReference;
import java.io.IOException;
import java.util.List;

/** Runs programs by posix_spawn(3): less than this, no start of a process costs. */
final class PosixSpawn {
  private static final Function SPAWN = NativeLibrary.getInstance("c").getFunction("posix_spawn");
  private static final Function WAIT =
      NativeLibrary.getInstance("c").getFunction("waitpid", Function.THROW_LAST_ERROR);
  private static final List<String> ENVIRONMENT =
      List.of("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");

  private PosixSpawn() {}

  /** Returns when the program has ended; any end but exit code 0 is an IOException. */
  static void run(List<String> argv) throws IOException {
    int status = status(argv);
    if (status != 0) {
      throw new IOException(argv + " ended with wait status 0x" + Integer.toHexString(status));
    }
  }

  private static int status(List<String> argv) throws IOException {
    try (Memory pid = new Memory(Native.LONG_SIZE)) {
      int error =
          SPAWN.invokeInt(
              new Object[] {
                pid,
                argv.get(0),
                Pointer.NULL,
                Pointer.NULL,
                new StringArray(argv.toArray(String[]::new)),
                new StringArray(ENVIRONMENT.toArray(String[]::new))
              });
      if (error != 0) {
        throw new IOException("posix_spawn " + argv.get(0) + ": errno " + error);
      }
      IntByReference status = new IntByReference();
      WAIT.invokeInt(new Object[] {pid.getInt(0), status, 0});
      return status.getValue();
    }
  }
}
