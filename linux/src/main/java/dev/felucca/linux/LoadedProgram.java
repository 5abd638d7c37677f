package dev.felucca.linux;

/** A program in this process's memory, to be run by the calling thread. */
public final class LoadedProgram implements AutoCloseable {
  private final NativeMemory memory = new NativeMemory();
  private final Program program;
  private final long base;

  public LoadedProgram(Program program) {
    if (program.arch() != Arch.current()) {
      throw new IllegalArgumentException("a program for " + program.arch() + " cannot run here");
    }
    this.program = program;
    this.base = memory.allocate(program.size());
    memory.put(base, program.image(base));
  }

  /**
   * Runs it from its first step in the calling thread until {@link ProgramBuilder#end}; returns
   * that value. The memory must stay until every clone(CLONE_VM) child of it has exited or executed
   * another program: such programs clone with CLONE_VFORK, so that run returns only then.
   */
  public long run() {
    return Interpreter.run(base + program.tableOffset());
  }

  /** What the step returned, or -errno. */
  public long result(Step step) {
    return memory.getLong(
        base
            + program.tableOffset()
            + (long) Interpreter.STEP_SIZE * step.index()
            + Interpreter.RESULT_OFFSET);
  }

  /** The table with its results, for {@link Program#failure}. */
  public byte[] table() {
    return memory.read(base + program.tableOffset(), program.tableSize());
  }

  public int getInt(Arg.Address address) {
    return memory.getInt(base + address.offset());
  }

  @Override
  public void close() {
    memory.close();
  }
}
