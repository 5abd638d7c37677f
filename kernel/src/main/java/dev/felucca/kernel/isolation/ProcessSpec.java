package dev.felucca.kernel.isolation;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A program to run in a container.
 *
 * @param argv at least one word; a first word without a slash is searched along the container's
 *     {@code PATH}
 * @param env {@code NAME=value}; the driver adds {@code HOME} from the container's passwd where it
 *     is missing
 * @param workingDir absolute inside the container; a missing directory is made with the user's
 *     ownership for the container's first process, and refused for later ones
 * @param user as the image or client wrote it: empty, {@code name}, {@code uid}, {@code
 *     name:group}, {@code uid:gid}…; resolved from the container's own passwd and group
 * @param extraGroups names or numbers added to the supplementary groups
 * @param consoleSize rows and columns to begin with, or null
 */
public record ProcessSpec(
    List<String> argv,
    List<String> env,
    String workingDir,
    String user,
    List<String> extraGroups,
    boolean tty,
    @Nullable ConsoleSize consoleSize) {
  public ProcessSpec {
    argv = List.copyOf(argv);
    env = List.copyOf(env);
    extraGroups = List.copyOf(extraGroups);
  }
}
