package dev.felucca.linux.cgroup;

import static dev.felucca.linux.Arg.hex;
import static dev.felucca.linux.Arg.n;
import static dev.felucca.linux.Arg.named;

import dev.felucca.linux.Arch;
import dev.felucca.linux.Arg;
import dev.felucca.linux.Errno;
import dev.felucca.linux.Fd;
import dev.felucca.linux.LinuxFiles;
import dev.felucca.linux.LoadedProgram;
import dev.felucca.linux.NativeMemory;
import dev.felucca.linux.OpenFlag;
import dev.felucca.linux.Program;
import dev.felucca.linux.ProgramBuilder;
import dev.felucca.linux.ProgramFailure;
import dev.felucca.linux.Step;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.Sysno;
import dev.felucca.linux.process.BriefChild;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Hangs device programs on v2 groups by <a
 * href="https://man7.org/linux/man-pages/man2/bpf.2.html">bpf(2)</a>.
 */
final class CgroupDevices {
  private static final int PROG_LOAD = 5;
  private static final int PROG_ATTACH = 8;
  private static final int PROG_DETACH = 9;
  private static final int PROG_GET_FD_BY_ID = 13;
  private static final int PROG_QUERY = 16;
  private static final int TYPE_CGROUP_DEVICE = 15;
  private static final int ATTACH_CGROUP_DEVICE = 6;
  private static final int ALLOW_MULTI = 2;
  private static final int MOST_PROGRAMS = 64;
  private static final int LOG_SIZE = 1 << 16;
  private static final int ATTRIBUTE_SIZE = 128;
  private static final int RLIMIT_MEMLOCK = 8;

  private final Syscalls linux;

  CgroupDevices(Syscalls linux) {
    this.linux = linux;
  }

  /** The new program is on before the old ones go: never is a device open in between. */
  void apply(Path group, DevicePolicy policy) throws IOException {
    try (NativeMemory memory = new NativeMemory();
        Fd directory =
            new LinuxFiles(linux)
                .openat(
                    LinuxFiles.AT_FDCWD, group.toString(), 0, OpenFlag.RDONLY, OpenFlag.DIRECTORY);
        Fd program = load(memory, DeviceProgram.assemble(policy))) {
      int[] old = attached(memory, directory);
      attach(memory, PROG_ATTACH, "attach device program to " + group, directory, program);
      for (int id : old) {
        long attribute = memory.ints(id, 0, 0, 0);
        try (Fd each =
            new Fd(
                linux,
                linux.check("open device program", Sysno.BPF, PROG_GET_FD_BY_ID, attribute, 16))) {
          attach(memory, PROG_DETACH, "detach device program from " + group, directory, each);
        }
      }
    }
  }

  Fd load(NativeMemory memory, byte[] program) throws IOException {
    // union bpf_attr: type, count, program, licence, log level, log size, log buffer, version,
    // flags
    long attribute = memory.allocate(ATTRIBUTE_SIZE);
    memory.putInt(attribute, TYPE_CGROUP_DEVICE);
    memory.putInt(attribute + 4, program.length / 8);
    memory.putLong(attribute + 8, memory.bytes(program));
    memory.putLong(attribute + 16, memory.string("Apache-2.0"));
    long result = linux.call(Sysno.BPF, PROG_LOAD, attribute, ATTRIBUTE_SIZE);
    if (Errno.EPERM.is(result)) {
      result = loadUnlimited(attribute);
    }
    if (!Errno.failed(result)) return new Fd(linux, result);
    long log = memory.allocate(LOG_SIZE);
    memory.putInt(attribute + 24, 1);
    memory.putInt(attribute + 28, LOG_SIZE);
    memory.putLong(attribute + 32, log);
    long again = linux.call(Sysno.BPF, PROG_LOAD, attribute, ATTRIBUTE_SIZE);
    if (!Errno.failed(again)) return new Fd(linux, again);
    throw new IOException(
        "load device program: " + Errno.of(result) + " " + memory.readString(log).trim());
  }

  /**
   * Before Linux 5.11 all programs of a user count against what the loading process may lock into
   * memory, 64 kB as a rule, which is sixteen containers. It is a child that is allowed more: a
   * limit of ours would become that of every container.
   */
  private static long loadUnlimited(long attribute) throws IOException {
    ProgramBuilder builder = new ProgramBuilder(Arch.current());
    List<Step> steps = new ArrayList<>();
    BriefChild.sharing(
        builder,
        () -> {
          Arg.Address unlimited = builder.space(16, "{RLIM_INFINITY, RLIM_INFINITY}");
          builder.putLong(unlimited, -1);
          builder.putLong(unlimited.plus(8), -1);
          steps.add(
              builder.step(
                  Sysno.PRLIMIT64,
                  n(0),
                  named(RLIMIT_MEMLOCK, "RLIMIT_MEMLOCK"),
                  unlimited,
                  Arg.NULL));
          steps.add(builder.step(Sysno.BPF, n(PROG_LOAD), hex(attribute), n(ATTRIBUTE_SIZE)));
        });
    Program program = builder.build();
    try (LoadedProgram loaded = new LoadedProgram(program)) {
      loaded.run();
      Optional<ProgramFailure> failure = program.failure(loaded.table());
      if (failure.isEmpty()) {
        return loaded.result(steps.get(1));
      }
      if (failure.get().step() == steps.get(0)) {
        throw new IOException(
            "load device program: EPERM (before Linux 5.11 it counts against the limit of locked"
                + " memory, ulimit -l, which the engine needs CAP_SYS_RESOURCE to raise)");
      }
      return -failure.get().errno().number();
    }
  }

  private int[] attached(NativeMemory memory, Fd directory) throws IOException {
    long ids = memory.allocate(4 * MOST_PROGRAMS);
    // union bpf_attr: target, type, query flags, attach flags, ids, count
    long attribute = memory.allocate(64);
    memory.putInt(attribute, directory.number());
    memory.putInt(attribute + 4, ATTACH_CGROUP_DEVICE);
    memory.putLong(attribute + 16, ids);
    memory.putInt(attribute + 24, MOST_PROGRAMS);
    linux.check("list device programs", Sysno.BPF, PROG_QUERY, attribute, 64);
    int[] found = new int[memory.getInt(attribute + 24)];
    for (int i = 0; i < found.length; i++) found[i] = memory.getInt(ids + 4L * i);
    return found;
  }

  private void attach(NativeMemory memory, int command, String what, Fd directory, Fd program)
      throws IOException {
    long attribute =
        memory.ints(
            directory.number(),
            program.number(),
            ATTACH_CGROUP_DEVICE,
            command == PROG_ATTACH ? ALLOW_MULTI : 0,
            0,
            0);
    linux.check(what, Sysno.BPF, command, attribute, 24);
  }
}
