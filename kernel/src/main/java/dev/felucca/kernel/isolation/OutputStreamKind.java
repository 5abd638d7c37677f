package dev.felucca.kernel.isolation;

/** Which of a process's output streams; a terminal has only {@link #STDOUT}. */
public enum OutputStreamKind {
  STDOUT,
  STDERR
}
