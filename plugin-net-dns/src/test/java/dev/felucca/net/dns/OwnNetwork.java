package dev.felucca.net.dns;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.felucca.linux.Errno;
import dev.felucca.linux.LinuxSyscalls;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.Sysno;
import java.lang.reflect.Method;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;

/**
 * Runs each test in a thread with a network namespace of its own, which ends with it: nothing a
 * test makes can touch the host or be left behind. Skips where that takes privileges we do not
 * have.
 */
final class OwnNetwork implements InvocationInterceptor {
  private static final int CLONE_NEWNET = 0x40000000;

  @Override
  public void interceptTestMethod(
      Invocation<Void> invocation,
      ReflectiveInvocationContext<Method> method,
      ExtensionContext context)
      throws Throwable {
    Syscalls linux = LinuxSyscalls.load();
    AtomicReference<Throwable> failure = new AtomicReference<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                long unshared = linux.call(Sysno.UNSHARE, CLONE_NEWNET);
                if (Errno.failed(unshared)) {
                  invocation.skip();
                  assumeTrue(false, "a network namespace of our own: " + Errno.of(unshared));
                }
                invocation.proceed();
              } catch (Throwable e) {
                failure.set(e);
              }
            },
            "own-network");
    thread.start();
    thread.join();
    if (failure.get() != null) {
      throw failure.get();
    }
  }
}
