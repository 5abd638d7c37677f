package dev.felucca.kernel.storage;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One mount to be made, in the words of mount(8): type {@code overlay}, {@code bind}, {@code
 * tmpfs}…, a source, and options such as {@code ro} or {@code lowerdir=…}. The flag words ({@code
 * ro}, {@code nosuid}, {@code rbind}…) are turned into flags by whoever mounts; every other option
 * is data of the file system. {@code idmap=…}, with the words of {@link
 * dev.felucca.kernel.IdMapping}, shows a bind, or the layers of an overlay, with other owners: who
 * is 0 on disk is the host's id that stands for the container's 0. {@code below=PATH} shows of a
 * file system, and not of a bind, only what is at that path in it, found as a bind's source below
 * its {@code base}.
 *
 * @param base the directory against which relative paths in source and options resolve: the mounter
 *     changes to it first. Overlay's options fit in one page for a hundred layers only when they
 *     are short. The source of a bind mount is looked up below it so that nothing leads out, also
 *     while somebody exchanges links in it: openat2(2) with {@code RESOLVE_BENEATH}
 */
public record Mount(String type, String source, List<String> options, @Nullable Path base) {
  public Mount {
    options = List.copyOf(options);
  }

  /** What is at a relative path below a directory that others may write to. */
  public static Mount bindBelow(Path base, String path, List<String> options) {
    return new Mount("bind", path, options, base);
  }

  public static Mount bind(Path source, boolean readonly) {
    return new Mount(
        "bind", source.toString(), readonly ? List.of("rbind", "ro") : List.of("rbind"), null);
  }
}
