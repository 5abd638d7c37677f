package dev.felucca.kernel.storage;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One mount to be made, in the words of mount(8): type {@code overlay}, {@code bind}, {@code
 * tmpfs}…, a source, and options such as {@code ro} or {@code lowerdir=…}. The flag words ({@code
 * ro}, {@code nosuid}, {@code rbind}…) are turned into flags by whoever mounts; every other option
 * is data of the file system.
 *
 * @param base the directory against which relative paths in source and options resolve: the mounter
 *     changes to it first. Overlay's options fit in one page for a hundred layers only when they
 *     are short
 */
public record Mount(String type, String source, List<String> options, @Nullable Path base) {
  public Mount {
    options = List.copyOf(options);
  }

  public static Mount bind(Path source, boolean readonly) {
    return new Mount(
        "bind", source.toString(), readonly ? List.of("rbind", "ro") : List.of("rbind"), null);
  }
}
