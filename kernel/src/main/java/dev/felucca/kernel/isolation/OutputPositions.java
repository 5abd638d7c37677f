package dev.felucca.kernel.isolation;

/**
 * How far each output stream of a container has been dealt with, in bytes since its last {@link
 * IsolationDriver#create}: a container that is started again begins at {@link #START}.
 */
public record OutputPositions(long stdout, long stderr) {
  public static final OutputPositions START = new OutputPositions(0, 0);

  public long of(OutputStreamKind kind) {
    return kind == OutputStreamKind.STDOUT ? stdout : stderr;
  }
}
