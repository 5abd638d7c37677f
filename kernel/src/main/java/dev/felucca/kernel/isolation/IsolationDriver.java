package dev.felucca.kernel.isolation;

import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.Driver;
import dev.felucca.kernel.EngineException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;

/**
 * Makes containers out of the kernel's parts and keeps them while engines come and go: the JVM is
 * never a container's parent, and neither a bundle update nor {@code kill -9} of the JVM ends a
 * container, loses its output or its exit code.
 *
 * <p>Life: {@link #create}, {@link #start}, {@link #exitOf}, {@link #delete}; then {@code create}
 * may follow again for the same id. Unknown ids are NOT_FOUND; calls that the state forbids are
 * CONFLICT. A process that cannot be executed is INVALID with Docker's words: {@code exec: "foo":
 * executable file not found in $PATH}, {@code exec: "/x": permission denied}, {@code exec: "/x": no
 * such file or directory}, {@code exec: "/x": is a directory}.
 */
public interface IsolationDriver extends Driver {
  /**
   * Builds the container's namespaces and parks its first process just before its program is
   * executed. It returns as soon as the network namespace can be wired, while the rest may still be
   * under way: {@link #start} reports what failed. When the engine dies before {@code start}, the
   * parked process ends by itself.
   */
  RunningContainer create(ContainerSpec spec) throws IOException;

  /**
   * Lets the parked process go; returns when its program has been executed. After a failure only
   * {@code delete} is left.
   */
  void start(ContainerId id) throws IOException;

  /**
   * Delivers the container's output from {@code positions} on: what is still kept from before, then
   * what comes. It may be called before {@code start} and again after an engine's restart; a second
   * sink replaces the first.
   */
  void follow(ContainerId id, OutputPositions positions, OutputSink sink) throws IOException;

  /**
   * Writes to standard input; blocks while it is full. CONFLICT when there is none or it was
   * closed.
   */
  void writeInput(ContainerId id, ByteBuffer bytes) throws IOException;

  /** Closes standard input for good: the container reads the end of file. Repeats safely. */
  void closeInput(ContainerId id) throws IOException;

  /**
   * Completes when the first process has ended, at once when it ended before, also while no engine
   * was there. It completes exceptionally only when the driver goes away: then ask again after
   * {@link #adopt}.
   */
  CompletionStage<ExitStatus> exitOf(ContainerId id);

  /** Sends a signal to the first process; one that has ended already is no error. */
  void signal(ContainerId id, int signal) throws IOException;

  /**
   * Sends SIGKILL to every process of the container, and ends what still makes it: {@link #create}
   * or {@link #start}, if under way, are CONFLICT then.
   */
  void killAll(ContainerId id) throws IOException;

  /** Freezes every process; returns when all stand still. Repeats safely. */
  void pause(ContainerId id) throws IOException;

  /** Lets them go on. Repeats safely. */
  void resume(ContainerId id) throws IOException;

  /** Changes the limits that are given and leaves the others; works while its processes run. */
  void update(ContainerId id, Resources resources) throws IOException;

  /**
   * Mounts something in a running container: all its processes see it when this returns. The target
   * is found and made as at {@link #create}. CONFLICT when it isn't running; NOT_IMPLEMENTED where
   * a driver cannot do this.
   */
  default void mount(ContainerId id, ContainerMount mount) throws IOException {
    throw new EngineException(
        EngineException.Kind.NOT_IMPLEMENTED,
        "isolation driver " + name() + " cannot change the mounts of a running container");
  }

  /**
   * Takes away what is mounted at a place of a running container, for those that use it still when
   * they are done. A place where nothing is mounted is no error. Otherwise as {@link #mount}.
   */
  default void unmount(ContainerId id, String target) throws IOException {
    throw new EngineException(
        EngineException.Kind.NOT_IMPLEMENTED,
        "isolation driver " + name() + " cannot change the mounts of a running container");
  }

  /** What can be limited here; asked at every creation, so it is answered from memory. */
  HostLimits limits();

  /**
   * Completes with how many of the container's processes the kernel has killed for want of memory,
   * as soon as it is more than {@code seen}. Like {@link #exitOf}, exceptionally when the driver
   * goes away or the container does.
   */
  CompletionStage<Long> outOfMemory(ContainerId id, long seen);

  /** The terminal's new size; CONFLICT when there is no terminal. */
  void resize(ContainerId id, ConsoleSize size) throws IOException;

  /** What its control group has counted since it was made. */
  ContainerStats stats(ContainerId id) throws IOException;

  /** Its processes with those of its execs, by their pids on the host. */
  List<ProcessInfo> processes(ContainerId id) throws IOException;

  /**
   * Starts a further process; returns its pid when its program has been executed. Its output is
   * kept for nobody: it goes to {@code sink}, and with the engine its streams end.
   */
  int exec(ContainerId id, ExecSpec spec, OutputSink sink) throws IOException;

  /** As {@link #writeInput}, to an exec; NOT_FOUND for one that was never started. */
  void writeExecInput(String execId, ByteBuffer bytes) throws IOException;

  /** As {@link #closeInput}. */
  void closeExecInput(String execId) throws IOException;

  /** As {@link #resize}. */
  void resizeExec(String execId, ConsoleSize size) throws IOException;

  /** As {@link #signal}. */
  void signalExec(String execId, int signal) throws IOException;

  /** As {@link #exitOf}; asked once the exec was started, and kept until it has been answered. */
  CompletionStage<ExitStatus> exitOfExec(String execId);

  /**
   * Ends what is left of the container and removes every trace: cgroups, mounts, files. Repeats
   * safely.
   */
  void delete(ContainerId id) throws IOException;

  /**
   * Takes back the containers of an earlier engine or bundle, running and ended; called by each
   * engine once before anything else, with the ids the engine knows to be this driver's. Remains of
   * ids that are not among them are deleted.
   *
   * @return those of them that answer {@code exitOf}, also when it is because the engine went and
   *     the driver stayed
   */
  Set<ContainerId> adopt(Set<ContainerId> known) throws IOException;

  /**
   * For people: what starts this container, step by step: system calls and mounts, one line each.
   */
  List<String> explain(ContainerSpec spec);
}
