package dev.felucca.kernel.container;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A mount in the long form ({@code --mount}).
 *
 * @param type {@code bind}, {@code volume}, {@code tmpfs}, {@code image}
 * @param bindReadOnlyNonRecursive a read-only bind leaves what is mounted below it writable
 * @param bindReadOnlyForceRecursive refused where a read-only bind cannot be so all the way down
 * @param imageSubpath what of an image is shown, relative to its root; empty for all of it
 * @param tmpfsSize bytes, null is without limit
 * @param tmpfsMode mode bits, null is 01777
 * @param tmpfsOptions further options of mount(8), each a name, or a name and a value
 */
public record MountRequest(
    String type,
    String source,
    String target,
    boolean readOnly,
    String consistency,
    String propagation,
    boolean bindNonRecursive,
    boolean bindCreateMountpoint,
    boolean bindReadOnlyNonRecursive,
    boolean bindReadOnlyForceRecursive,
    boolean volumeNoCopy,
    Map<String, String> volumeLabels,
    String volumeDriver,
    Map<String, String> volumeDriverOptions,
    String volumeSubpath,
    String imageSubpath,
    @Nullable Long tmpfsSize,
    @Nullable Integer tmpfsMode,
    List<List<String>> tmpfsOptions) {
  public MountRequest {
    imageSubpath = imageSubpath == null ? "" : imageSubpath; // absent in files of the first engines
    tmpfsOptions = tmpfsOptions == null ? List.of() : List.copyOf(tmpfsOptions);
  }
}
