package dev.felucca.isolation.seccomp;

import java.util.List;
import java.util.Optional;

/** Calls that 32-bit x86 also reaches through a common one, selected by its first argument. */
record Multiplexer(String through, int selector) {
  // Both lists are in the order of the selectors in linux/net.h and linux/ipc.h.
  private static final List<String> SOCKETCALL =
      List.of(
          "socket",
          "bind",
          "connect",
          "listen",
          "accept",
          "getsockname",
          "getpeername",
          "socketpair",
          "send",
          "recv",
          "sendto",
          "recvfrom",
          "shutdown",
          "setsockopt",
          "getsockopt",
          "sendmsg",
          "recvmsg",
          "accept4",
          "recvmmsg",
          "sendmmsg");
  private static final List<String> SEMAPHORES = List.of("semop", "semget", "semctl", "semtimedop");
  private static final List<String> MESSAGES = List.of("msgsnd", "msgrcv", "msgget", "msgctl");
  private static final List<String> SHARED_MEMORY = List.of("shmat", "shmdt", "shmget", "shmctl");

  static Optional<Multiplexer> of(String name) {
    if (SOCKETCALL.contains(name)) {
      return Optional.of(new Multiplexer("socketcall", 1 + SOCKETCALL.indexOf(name)));
    }
    if (SEMAPHORES.contains(name)) {
      return Optional.of(new Multiplexer("ipc", 1 + SEMAPHORES.indexOf(name)));
    }
    if (MESSAGES.contains(name)) {
      return Optional.of(new Multiplexer("ipc", 11 + MESSAGES.indexOf(name)));
    }
    if (SHARED_MEMORY.contains(name)) {
      return Optional.of(new Multiplexer("ipc", 21 + SHARED_MEMORY.indexOf(name)));
    }
    return Optional.empty();
  }
}
