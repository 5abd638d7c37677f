package dev.felucca.linux;

/**
 * The kernel's door. Arguments are integers; what a call takes by address is put into a {@link
 * NativeMemory} first. Replaceable by a recording implementation where a test must do without root.
 */
public interface Syscalls {
  /** Whose call numbers are used. */
  Arch arch();

  /**
   * Makes the call in the calling thread.
   *
   * @param args up to six; missing ones are 0
   * @return the result, or {@code -errno}; {@code -ENOSYS} also where the architecture lacks the
   *     call
   */
  long call(Sysno nr, long... args);

  /**
   * Makes the call and refuses to go on when it fails. An interrupted call is made again, which is
   * right for every call but those with a relative timeout and close(2).
   *
   * @param what the attempt in words for the message, such as {@code mount overlay on /x}
   */
  default long check(String what, Sysno nr, long... args) throws SyscallException {
    long result = call(nr, args);
    while (Errno.EINTR.is(result)) {
      result = call(nr, args);
    }
    if (Errno.failed(result)) {
      throw new SyscallException(what, Errno.of(result));
    }
    return result;
  }
}
