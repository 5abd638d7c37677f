package dev.felucca.isolation.oci;

import static dev.felucca.kernel.EngineException.Kind.CONFLICT;
import static dev.felucca.kernel.EngineException.Kind.INVALID;
import static dev.felucca.kernel.EngineException.Kind.NOT_FOUND;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.felucca.isolation.keeper.Exec;
import dev.felucca.isolation.shim.ShimFds;
import dev.felucca.isolation.shim.ShimProcess;
import dev.felucca.isolation.shim.StatusFile;
import dev.felucca.isolation.user.ResolvedUser;
import dev.felucca.isolation.user.RootFiles;
import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.isolation.ExecSpec;
import dev.felucca.kernel.isolation.ExitStatus;
import dev.felucca.kernel.isolation.OutputSink;
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
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/** The further processes of a driver's containers, each with a shim whose runtime made it. */
final class OciExecs {
  private record Running(OciContainer container, Exec exec) {}

  private final Map<String, Running> running = new ConcurrentHashMap<>();

  /** Returns the process's pid when its program was executed. */
  int start(
      OciMachinery machinery,
      ContainerId id,
      OciContainer container,
      ExecSpec spec,
      OutputSink sink)
      throws IOException {
    container.requireRunning();
    if (container.cgroup().frozen()) {
      throw new EngineException(CONFLICT, "the container is paused, unpause it before exec");
    }
    if (running.containsKey(spec.execId())) {
      throw new EngineException(CONFLICT, "exec " + spec.execId() + " was started before");
    }
    int target = container.shim().process().pid();
    ResolvedUser user = RootLook.find(new RootFiles(machinery.linux(), target), spec.process());
    workingDirectory(machinery, target, spec);
    // A place of its own: the socket of a terminal has one name, and a runtime may leave things.
    Path directory =
        Files.createTempDirectory(
            machinery.keeper().run(),
            "exec-",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    try {
      return start(machinery, id, container, spec, sink, user, directory);
    } finally {
      delete(directory);
    }
  }

  private int start(
      OciMachinery machinery,
      ContainerId id,
      OciContainer container,
      ExecSpec spec,
      OutputSink sink,
      ResolvedUser user,
      Path directory)
      throws IOException {
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
      words.addAll(List.of("--tty", "--console-socket", RuntimeShim.SOCKET));
    }
    words.add(id.hex());
    RuntimeShim shimPlan =
        RuntimeShim.of(
            machinery.linux().arch(),
            new RuntimeShim.Plan(
                words,
                List.of(),
                machinery.runtime().hidden(),
                List.of(),
                directory,
                directory,
                null,
                spec.process().tty(),
                false));
    try (StatusFile parameters = StatusFile.inMemory(machinery.linux())) {
      ShimProcess shim =
          ShimProcess.launchMade(
              machinery.linux(),
              machinery.keeper().launcher(),
              shimPlan,
              spec.openStdin(),
              false,
              parameters.fd(),
              machinery.runtime().path().getFileName() + " exec",
              machinery.runtime().patience(),
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
        Exec exec = new Exec(machinery.keeper(), spec, shim, sink);
        running.put(spec.execId(), new Running(container, exec));
        return exec.pid();
      } catch (IOException | RuntimeException e) {
        abandon(shim, e);
        throw e;
      }
    }
  }

  /** In Docker's words: each runtime has others. */
  private static void workingDirectory(OciMachinery machinery, int pid, ExecSpec spec)
      throws IOException {
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

  private static void abandon(ShimProcess shim, Exception why) {
    try {
      shim.signal(9);
      shim.dismiss();
    } catch (IOException e) {
      why.addSuppressed(e);
    } finally {
      shim.close();
    }
  }

  Exec get(String execId) {
    Running found = running.get(execId);
    if (found == null) {
      throw new EngineException(NOT_FOUND, "no exec " + execId + " in this driver");
    }
    return found.exec;
  }

  /** Once it has been answered, the exec is forgotten. */
  CompletionStage<ExitStatus> exit(String execId) {
    return get(execId).exit().whenComplete((status, failure) -> running.remove(execId));
  }

  /** The container is gone, and with it what ran in it. */
  void forget(OciContainer container) {
    for (Map.Entry<String, Running> each : running.entrySet()) {
      if (each.getValue().container == container) {
        each.getValue().exec.close();
        running.remove(each.getKey());
      }
    }
  }

  void leave(String why) {
    running.values().forEach(each -> each.exec.leave(why));
    running.clear();
  }
}
