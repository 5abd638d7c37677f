package dev.felucca.kernel.container;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A mount in the long form ({@code --mount}).
 *
 * @param type {@code bind}, {@code volume}, {@code tmpfs}
 * @param tmpfsSize bytes, null is without limit
 * @param tmpfsMode mode bits, null is 01777
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
    boolean volumeNoCopy,
    Map<String, String> volumeLabels,
    String volumeDriver,
    Map<String, String> volumeDriverOptions,
    String volumeSubpath,
    @Nullable Long tmpfsSize,
    @Nullable Integer tmpfsMode) {}
