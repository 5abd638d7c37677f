package dev.felucca.linux.cgroup;

import dev.felucca.linux.Errno;
import dev.felucca.linux.Fd;
import dev.felucca.linux.LinuxFiles;
import dev.felucca.linux.NativeMemory;
import dev.felucca.linux.OpenFlag;
import dev.felucca.linux.Syscalls;
import dev.felucca.linux.Sysno;
import java.io.IOException;
import java.nio.file.Path;

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

  private Fd load(NativeMemory memory, byte[] program) throws IOException {
    // union bpf_attr: type, count, program, licence, log level, log size, log buffer, version,
    // flags
    long attribute = memory.allocate(128);
    memory.putInt(attribute, TYPE_CGROUP_DEVICE);
    memory.putInt(attribute + 4, program.length / 8);
    memory.putLong(attribute + 8, memory.bytes(program));
    memory.putLong(attribute + 16, memory.string("Apache-2.0"));
    long result = linux.call(Sysno.BPF, PROG_LOAD, attribute, 128);
    if (!Errno.failed(result)) return new Fd(linux, result);
    long log = memory.allocate(LOG_SIZE);
    memory.putInt(attribute + 24, 1);
    memory.putInt(attribute + 28, LOG_SIZE);
    memory.putLong(attribute + 32, log);
    long again = linux.call(Sysno.BPF, PROG_LOAD, attribute, 128);
    if (!Errno.failed(again)) return new Fd(linux, again);
    throw new IOException(
        "load device program: " + Errno.of(result) + " " + memory.readString(log).trim());
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
