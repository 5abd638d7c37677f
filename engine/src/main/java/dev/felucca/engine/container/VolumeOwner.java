package dev.felucca.engine.container;

import dev.felucca.kernel.IdMapping;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Map;

/** Files of the host's that containers with users of their own are to write to. */
final class VolumeOwner {
  private VolumeOwner() {}

  /** An empty volume that nobody was given is their root's; one with files is left as it is. */
  static void give(Path volume, IdMapping users) throws IOException {
    Map<String, Object> owner =
        Files.readAttributes(volume, "unix:uid,gid", LinkOption.NOFOLLOW_LINKS);
    if (!Integer.valueOf(0).equals(owner.get("uid"))
        || !Integer.valueOf(0).equals(owner.get("gid"))) {
      return;
    }
    try (var entries = Files.newDirectoryStream(volume)) {
      if (!entries.iterator().hasNext()) {
        set(volume, users);
      }
    }
  }

  /** The container's root's from now on. */
  static void set(Path file, IdMapping users) throws IOException {
    Files.setAttribute(file, "unix:uid", users.rootUid(), LinkOption.NOFOLLOW_LINKS);
    Files.setAttribute(file, "unix:gid", users.rootGid(), LinkOption.NOFOLLOW_LINKS);
  }
}
