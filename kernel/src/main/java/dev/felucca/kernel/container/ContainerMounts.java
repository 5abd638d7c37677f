package dev.felucca.kernel.container;

import java.io.IOException;

/**
 * Mounts of containers that exist, running or not. What is added is part of the container from then
 * on, over its restarts and the engine's; in one that runs all its processes see it at once. Of an
 * image's content nothing is copied into a volume that is added.
 */
public interface ContainerMounts {
  /**
   * Adds a mount. INVALID with Docker's words for one that cannot be; CONFLICT where something is
   * mounted already, and for a container that is being removed; NOT_IMPLEMENTED when it runs by an
   * isolation driver that cannot do this.
   */
  MountPoint add(String ref, MountRequest request) throws IOException;

  /** The same in the short form, {@code SOURCE:TARGET[:MODE]}. */
  MountPoint add(String ref, String text) throws IOException;

  /**
   * Takes away what is mounted there; a volume's files stay. NOT_FOUND when nothing is; CONFLICT
   * while something else is mounted below it.
   */
  MountPoint remove(String ref, String target) throws IOException;
}
