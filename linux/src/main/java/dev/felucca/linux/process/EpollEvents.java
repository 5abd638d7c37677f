package dev.felucca.linux.process;

import dev.felucca.linux.Arch;
import dev.felucca.linux.NativeMemory;

/** The layout of struct epoll_event, which is packed on x86-64 only. */
final class EpollEvents {
  private final int tokenOffset;

  EpollEvents(Arch arch) {
    tokenOffset = arch == Arch.X86_64 ? 4 : 8;
  }

  int size() {
    return tokenOffset + 8;
  }

  void put(NativeMemory memory, long event, int events, long token) {
    memory.putInt(event, events);
    memory.putLong(event + tokenOffset, token);
  }

  int events(NativeMemory memory, long event) {
    return memory.getInt(event);
  }

  long token(NativeMemory memory, long event) {
    return memory.getLong(event + tokenOffset);
  }
}
