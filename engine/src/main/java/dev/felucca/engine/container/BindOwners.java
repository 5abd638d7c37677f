package dev.felucca.engine.container;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.IdMapping;
import dev.felucca.kernel.container.MountPoint;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The word {@code idmap} of a bind, as podman has it: {@code idmap} alone shows the files as the
 * container's root has them, {@code idmap=uids=DISK-HOST-LENGTH#…;gids=…} as is said there.
 */
final class BindOwners {
  private static final String WORD = "idmap";

  private BindOwners() {}

  /** Whether a word of a bind is this one; INVALID when what is said in it makes no sense. */
  static boolean is(String word) {
    if (word.startsWith(WORD + "=")) {
      IdMapping.parse(word.substring(WORD.length() + 1));
      return true;
    }
    return word.equals(WORD);
  }

  /** INVALID where a bind asks for the owners of a container that has no users of its own. */
  static void check(MountPoint mount, @Nullable IdMapping users) {
    if (users == null && word(mount).filter(WORD::equals).isPresent()) {
      throw new EngineException(
          INVALID,
          "idmap at %s needs a container with users of its own, or the ranges: idmap=uids=DISK-HOST-LENGTH;gids=DISK-HOST-LENGTH"
              .formatted(mount.destination()));
    }
  }

  /** The option of the mount, if there is to be one. */
  static Optional<String> option(MountPoint mount, @Nullable IdMapping users) {
    check(mount, users);
    return word(mount).map(word -> users != null && word.equals(WORD) ? users.mountOption() : word);
  }

  private static Optional<String> word(MountPoint mount) {
    return mount.type().equals("bind")
        ? Arrays.stream(mount.mode().split(",", -1)).filter(w -> w.startsWith(WORD)).findFirst()
        : Optional.empty();
  }
}
