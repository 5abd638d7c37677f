package dev.felucca.kernel.storage;

import dev.felucca.kernel.IdMapping;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A container's root as it is seen from inside.
 *
 * @param pid its first process, whose view it is; 0 when it does not run: then the view is put
 *     together from the rest
 * @param root what the root is made of, as {@link Snapshotter#mounts} answers it
 * @param over what is mounted on it, parents first; a place that is missing is made
 * @param users who the container's users are on the host, where they are others: what is copied has
 *     the owners that are seen inside
 */
public record RootView(int pid, List<Mount> root, List<Placed> over, @Nullable IdMapping users) {
  public RootView {
    root = List.copyOf(root);
    over = List.copyOf(over);
  }

  /**
   * A mount and where in the container it is.
   *
   * @param directory whether it is one, for a place that has to be made
   */
  public record Placed(Mount mount, String target, boolean directory) {}

  public static RootView running(int pid, @Nullable IdMapping users) {
    return new RootView(pid, List.of(), List.of(), users);
  }

  /** A root whose owners are the host's. */
  public static RootView running(int pid) {
    return running(pid, null);
  }
}
