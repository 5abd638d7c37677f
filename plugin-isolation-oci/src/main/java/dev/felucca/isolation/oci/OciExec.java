package dev.felucca.isolation.oci;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.felucca.isolation.shim.Cancellation;
import dev.felucca.isolation.shim.ShimFds;
import dev.felucca.isolation.shim.ShimLaunch;
import dev.felucca.isolation.shim.ShimProcess;
import dev.felucca.isolation.shim.StatusFile;
import dev.felucca.isolation.user.ResolvedUser;
import dev.felucca.isolation.user.RootFiles;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.isolation.ExecSpec;
import dev.felucca.linux.Errno;
import dev.felucca.linux.Fd;
import dev.felucca.linux.LinuxFiles;
import dev.felucca.linux.OpenFlag;
import dev.felucca.linux.SyscallException;
import dev.felucca.linux.mount.RootWalk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Has a runtime make a further process of a container. */
final class OciExec {
  private final OciMachinery machinery;
  private final OciContainer container;
  private final ExecSpec spec;

  OciExec(OciMachinery machinery, OciContainer container, ExecSpec spec) {
    this.machinery = machinery;
    this.container = container;
    this.spec = spec;
  }

  /** Returns its shim when its program was executed. */
  ShimProcess launch() throws IOException {
    int target = container.shim().process().pid();
    ResolvedUser user =
        RootLook.find(new RootFiles(machinery.linux(), target), spec.process(), container.users());
    workingDirectory(target);
    // A place of its own: the socket of a terminal has one name, and a runtime may leave things.
    Path directory =
        Files.createTempDirectory(
            machinery.keeper().run(),
            "exec-",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    try {
      return launch(user, directory);
    } finally {
      delete(directory);
    }
  }

  private ShimProcess launch(ResolvedUser user, Path directory) throws IOException {
    ObjectNode process =
        ProcessJson.later(
            container.process(),
            spec.process(),
            user,
            spec.privileged() ? machinery.capabilities().available() : null);
    Path file = directory.resolve("process.json");
    Files.write(file, OciCreation.MAPPER.writeValueAsBytes(process));
    Path log = directory.resolve("log");
    Path pidFile = directory.resolve("pid");
    List<String> words =
        machinery
            .runtime()
            .words(
                log,
                "exec",
                "--detach",
                "--pid-file",
                pidFile.toString(),
                "--process",
                file.toString());
    if (spec.process().tty()) {
      // That it is to have a terminal the file says; runsc knows no --tty.
      words.addAll(List.of("--console-socket", RuntimeShim.SOCKET));
    }
    words.add(container.id().hex());
    RuntimeShim shimPlan =
        RuntimeShim.of(
            machinery.linux().arch(),
            new RuntimeShim.Plan(
                words,
                List.of(),
                machinery.runtime().hidden(),
                RuntimeShim.Streams.of(spec.process(), spec.openStdin(), user, container.users()),
                List.of(),
                // runc begins there, also when it makes a further process.
                container.users() == null ? directory : HeldSources.COVERED_ROOT,
                container.users() == null ? null : HeldSources.COVERED,
                directory,
                Map.of(),
                spec.process().tty(),
                false));
    try (StatusFile parameters = StatusFile.inMemory(machinery.linux())) {
      ShimProcess shim =
          new ShimLaunch(
                  machinery.linux(),
                  machinery.keeper().launcher(),
                  shimPlan,
                  spec.openStdin(),
                  false,
                  parameters.fd(),
                  Map.of())
              .startMade(
                  machinery.runtime().path().getFileName() + " exec",
                  machinery.runtime().patience(),
                  new Cancellation(),
                  runtime -> {
                    if (runtime.exitCode() != 0) {
                      String said = RuntimeWords.last(log, "");
                      machinery.fail(
                          "exec",
                          spec.process(),
                          said.isEmpty() ? "exit code " + runtime.exitCode() : said);
                    }
                    return Integer.parseInt(Files.readString(pidFile).strip());
                  });
      try {
        parameters.parameters(OciContainer.pid(shim.process().pid()));
        if (spec.process().tty()) {
          shim.take(ShimFds.MASTER);
        }
        shim.release();
        return shim;
      } catch (IOException | RuntimeException e) {
        shim.abandon(e);
        throw e;
      }
    }
  }

  /** In Docker's words: each runtime has others. */
  private void workingDirectory(int pid) throws IOException {
    String directory = spec.process().workingDir();
    LinuxFiles files = new LinuxFiles(machinery.linux());
    try (Fd root =
            files.openat(
                LinuxFiles.AT_FDCWD,
                "/proc/" + pid + "/root",
                0,
                OpenFlag.PATH,
                OpenFlag.DIRECTORY);
        Fd there =
            new RootWalk(machinery.linux()).open(root, directory.isEmpty() ? "/" : directory)) {
      there.number();
    } catch (SyscallException e) {
      if (e.errno() == Errno.ENOENT || e.errno() == Errno.ENOTDIR) {
        throw new EngineException(
            INVALID,
            "chdir to cwd (\"%s\") set in config.json failed: %s"
                .formatted(directory, e.errno().text()));
      }
    }
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Files.deleteIfExists(file);
      }
    }
    Files.deleteIfExists(directory);
  }
}
