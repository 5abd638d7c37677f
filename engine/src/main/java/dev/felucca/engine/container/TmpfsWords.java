package dev.felucca.engine.container;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.kernel.EngineException;
import java.util.List;
import java.util.Set;

/** The options a tmpfs may have. */
final class TmpfsWords {
  private static final Set<String> FLAGS =
      Set.of(
          "defaults",
          "ro",
          "rw",
          "suid",
          "nosuid",
          "dev",
          "nodev",
          "exec",
          "noexec",
          "sync",
          "async",
          "dirsync",
          "remount",
          "mand",
          "nomand",
          "atime",
          "noatime",
          "diratime",
          "nodiratime",
          "relatime",
          "norelatime",
          "strictatime",
          "nostrictatime",
          "private",
          "rprivate",
          "shared",
          "rshared",
          "slave",
          "rslave",
          "unbindable",
          "runbindable");
  private static final Set<String> KEYS =
      Set.of("size", "mode", "uid", "gid", "nr_inodes", "nr_blocks", "mpol");

  private TmpfsWords() {}

  /** INVALID, with Docker's words, for one that means nothing. */
  static void check(List<String> options) {
    for (String option : options) {
      int equals = option.indexOf('=');
      boolean known =
          equals < 0 ? FLAGS.contains(option) : KEYS.contains(option.substring(0, equals));
      if (!known && !option.isEmpty()) {
        throw new EngineException(INVALID, "invalid tmpfs option [\"" + option + "\"]");
      }
    }
  }
}
