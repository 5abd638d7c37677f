package dev.felucca.linux.process;

import static dev.felucca.linux.Arg.n;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.felucca.linux.Arch;
import dev.felucca.linux.Errno;
import dev.felucca.linux.Fd;
import dev.felucca.linux.LinuxFiles;
import dev.felucca.linux.LinuxSyscalls;
import dev.felucca.linux.OpenFlag;
import dev.felucca.linux.Pipe;
import dev.felucca.linux.Program;
import dev.felucca.linux.ProgramBuilder;
import dev.felucca.linux.SyscallException;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.Sysno;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LauncherTest {
  private final Syscalls linux = LinuxSyscalls.load();
  @TempDir Path directory;

  @Test
  void aProgramRunsAsAProcessOfItsOwnAndItsExitCodeIsSeen() throws Exception {
    try (Pipe pipe = Pipe.open(linux);
        PidFd process =
            new Launcher(linux, directory).launch(hello(42), "hello", Map.of(5, pipe.writing()))) {
      pipe.writing().close();
      byte[] got = new byte[100];
      assertEquals(5, pipe.reading().read(got));
      assertEquals("hello", new String(got, 0, 5, StandardCharsets.UTF_8));
      WaitStatus status = process.await();
      assertFalse(status.signalled());
      assertEquals(42, status.exitCode());
      assertFalse(process.signal(0));
    }
  }

  @Test
  void theProcessHasOnlyTheDescriptorsItWasGivenAndNoIgnoredSignals() throws Exception {
    try (Pipe pipe = Pipe.open(linux);
        PidFd process =
            new Launcher(linux, directory)
                .launch(waiting(), "waiting", Map.of(0, pipe.reading(), 3, pipe.reading()))) {
      Path proc = Path.of("/proc/" + process.pid());
      try (Stream<Path> fds = Files.list(proc.resolve("fd"))) {
        assertEquals(
            "0 3", String.join(" ", fds.map(f -> f.getFileName().toString()).sorted().toList()));
      }
      String status = Files.readString(proc.resolve("status"));
      assertTrue(status.contains("SigIgn:\t0000000000000000"), status);
      assertEquals("waiting\0", Files.readString(proc.resolve("cmdline")));
      assertTrue(process.poll().isEmpty());
      assertTrue(process.signal(9));
      assertEquals(137, process.await().exitCode());
    }
  }

  @Test
  void aHostThatRefusesMemoryFilesGetsAFileThatIsGoneAtOnce() throws Exception {
    Syscalls refusing =
        new Syscalls() {
          @Override
          public Arch arch() {
            return linux.arch();
          }

          @Override
          public long call(Sysno nr, long... args) {
            return nr == Sysno.MEMFD_CREATE ? -Errno.EACCES.number() : linux.call(nr, args);
          }
        };
    try (Fd nothing =
            new LinuxFiles(linux).openat(LinuxFiles.AT_FDCWD, "/dev/null", 0, OpenFlag.WRONLY);
        PidFd process =
            new Launcher(refusing, directory).launch(hello(3), "hello", Map.of(5, nothing))) {
      assertEquals(3, process.await().exitCode());
      try (Stream<Path> left = Files.list(directory)) {
        assertEquals(0, left.count());
      }
    }
  }

  @Test
  void anIdentityOpensItsProcessAndNoOther() throws Exception {
    try (Pipe pipe = Pipe.open(linux);
        PidFd process =
            new Launcher(linux, directory)
                .launch(waiting(), "waiting", Map.of(0, pipe.reading()))) {
      ProcessIdentity identity = ProcessIdentity.of(linux, process.pid()).orElseThrow();
      try (PidFd again = identity.open(linux).orElseThrow()) {
        try (Fd taken = again.getfd(0)) {
          assertTrue(taken.isOpen());
        }
        ProcessIdentity other = new ProcessIdentity(identity.pid(), identity.startTime() + 1);
        assertTrue(other.open(linux).isEmpty());
        assertTrue(again.signal(9));
      }
      process.await();
      assertTrue(identity.open(linux).isEmpty());
      assertThrows(SyscallException.class, process::poll);
    }
  }

  @Test
  void theLoopReportsAnExitOnceAndOnlyWhenArmed() throws Exception {
    try (EventLoop loop = new EventLoop(linux, "test-events");
        Pipe pipe = Pipe.open(linux);
        PidFd process =
            new Launcher(linux, directory)
                .launch(waiting(), "waiting", Map.of(0, pipe.reading()))) {
      CompletableFuture<Integer> seen = new CompletableFuture<>();
      try (EventLoop.Registration registration = loop.register(process.fd(), 0, seen::complete)) {
        assertTrue(process.signal(9));
        registration.arm(EventLoop.EPOLLIN);
        int events = seen.get(10, TimeUnit.SECONDS);
        assertEquals(EventLoop.EPOLLIN, events & EventLoop.EPOLLIN);
        assertEquals(137, process.await().exitCode());
      }
    }
  }

  private Program hello(int exitCode) {
    ProgramBuilder builder = new ProgramBuilder(linux.arch());
    builder.step(Sysno.WRITE, n(5), builder.text("hello"), n(5));
    builder.step(Sysno.EXIT_GROUP, n(exitCode));
    return builder.build();
  }

  private Program waiting() {
    ProgramBuilder builder = new ProgramBuilder(linux.arch());
    builder.step(Sysno.READ, n(0), builder.space(8, "buffer"), n(1));
    builder.step(Sysno.EXIT_GROUP, n(0));
    return builder.build();
  }
}
