package dev.felucca.engine.volume;

import static dev.felucca.kernel.EngineException.Kind.CONFLICT;

import dev.felucca.kernel.EngineException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Who keeps a volume from going: containers that name it, and those that are being created and will
 * name it. Nobody becomes a user but with the volume's name claimed ({@link Claims}); what is asked
 * here under such a claim therefore holds until the claim ends.
 */
final class VolumeUse {
  private final VolumeUsers users;
  private final Map<String, Integer> holds = new ConcurrentHashMap<>();

  VolumeUse(VolumeUsers users) {
    this.users = users;
  }

  /** With the name claimed: a user until the answer is run; running it again does nothing. */
  Runnable hold(String name) {
    holds.merge(name, 1, Integer::sum);
    AtomicBoolean over = new AtomicBoolean();
    return () -> {
      if (over.compareAndSet(false, true)) {
        holds.computeIfPresent(name, (held, count) -> count == 1 ? null : count - 1);
      }
    };
  }

  /** True when containers name it that are there already. */
  boolean isNamed(String name) {
    return !users.ofVolume(name).isEmpty();
  }

  boolean isUsed(String name) {
    return isNamed(name) || holds.containsKey(name);
  }

  /** CONFLICT, naming the containers, while it is used. */
  void requireUnused(String name) {
    List<String> using = users.ofVolume(name);
    if (!using.isEmpty()) {
      throw inUse(name, String.join(", ", using));
    }
    if (holds.containsKey(name)) {
      throw inUse(name, "a container that is being created");
    }
  }

  private static EngineException inUse(String name, String by) {
    return new EngineException(CONFLICT, "remove " + name + ": volume is in use - [" + by + "]");
  }
}
