package dev.felucca.kernel.storage;

import java.util.List;

/**
 * A container's root as it is seen from inside.
 *
 * @param pid its first process, whose view it is; 0 when it does not run: then the view is put
 *     together from the rest
 * @param root what the root is made of, as {@link Snapshotter#mounts} answers it
 * @param over what is mounted on it, parents first; a place that is missing is made
 */
public record RootView(int pid, List<Mount> root, List<Placed> over) {
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

  public static RootView running(int pid) {
    return new RootView(pid, List.of(), List.of());
  }
}
