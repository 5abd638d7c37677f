package dev.felucca.linux.process;

import dev.felucca.linux.Arch;
import dev.felucca.linux.NativeMemory;

/** The layout of struct epoll_event, which is packed on x86-64 only. */
public final class EpollEvents {
  private final int tokenOffset;

  public EpollEvents(Arch arch) {
    tokenOffset = arch == Arch.X86_64 ? 4 : 8;
  }

  public int size() {
    return tokenOffset + 8;
  }

  public void put(NativeMemory memory, long event, int events, long token) {
    memory.putInt(event, events);
    memory.putLong(event + tokenOffset, token);
  }

  public int events(NativeMemory memory, long event) {
    return memory.getInt(event);
  }

  public long token(NativeMemory memory, long event) {
    return memory.getLong(event + tokenOffset);
  }
}
