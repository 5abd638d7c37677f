package dev.felucca.kernel.volume;

import dev.felucca.kernel.Driver;
import dev.felucca.kernel.storage.Usage;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Keeps volumes. Who uses one and whether it may go is the engine's business; a driver only keeps
 * the users it mounted a volume for.
 *
 * <p>Refusals: INVALID for a name or option it cannot have; NOT_FOUND for a volume that is not
 * there, unless said otherwise. After a crash at any point a volume is there as a whole or not at
 * all.
 */
public interface VolumeDriver extends Driver {
  /**
   * Makes a volume, empty; on disk when this returns. One that is there already is answered as it
   * is when it was created with the same options, and is CONFLICT otherwise.
   */
  VolumeInfo create(String name, Map<String, String> options) throws IOException;

  /** A volume that is there, or empty. */
  Optional<VolumeInfo> find(String name) throws IOException;

  /** Every volume, sorted by name. */
  List<VolumeInfo> list() throws IOException;

  /**
   * Makes the files ready at the volume's path until {@link #unmount} with the same user. Repeating
   * it for a user changes nothing. Outlasts this driver and the engine, not the machine.
   *
   * @param user a container's id
   */
  void mount(String name, String user) throws IOException;

  /** The user is done; the last one's leaving undoes the mount. Repeating it changes nothing. */
  void unmount(String name, String user) throws IOException;

  /**
   * Called when the driver has come, maybe after an earlier one: volumes that an earlier one
   * mounted for users who are not among these are unmounted, since their end was missed. What this
   * very driver has mounted stays.
   *
   * @param users ids of the containers that run
   */
  void adopt(Set<String> users) throws IOException;

  /**
   * Removes it with its files; CONFLICT while it is mounted for a user. What a volume only shows
   * (another directory, a device) stays.
   */
  void remove(String name) throws IOException;

  /** What its files take on disk; zero for one that only shows what lies elsewhere. */
  Usage usage(String name) throws IOException;
}
