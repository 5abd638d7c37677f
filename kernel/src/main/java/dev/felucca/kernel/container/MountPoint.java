package dev.felucca.kernel.container;

/**
 * A mount of a container as it was resolved.
 *
 * @param name of a volume; of an image, what it was asked for by
 * @param source where it is on the host; of an image, its id
 * @param subpath what of a volume or image is shown, relative to it; empty for all of it
 * @param nonRecursive whether what is mounted below the source is left out
 * @param submountsWritable whether a read-only mount leaves what is mounted below its source
 *     writable
 */
public record MountPoint(
    String type,
    String name,
    String source,
    String destination,
    String driver,
    String mode,
    boolean writable,
    String propagation,
    String subpath,
    boolean nonRecursive,
    boolean submountsWritable) {
  public MountPoint {
    subpath = subpath == null ? "" : subpath; // absent in files of the first engines
  }

  /** All of what is there, and what is mounted below it. */
  public MountPoint(
      String type,
      String name,
      String source,
      String destination,
      String driver,
      String mode,
      boolean writable,
      String propagation) {
    this(type, name, source, destination, driver, mode, writable, propagation, "", false, false);
  }

  /** The same with a volume's name, driver and place filled in. */
  public MountPoint ofVolume(String volume, String volumeDriver, String path) {
    return new MountPoint(
        type,
        volume,
        path,
        destination,
        volumeDriver,
        mode,
        writable,
        propagation,
        subpath,
        nonRecursive,
        submountsWritable);
  }

  /** The same with an image's id filled in. */
  public MountPoint ofImage(String id) {
    return new MountPoint(
        type,
        name,
        id,
        destination,
        driver,
        mode,
        writable,
        propagation,
        subpath,
        nonRecursive,
        submountsWritable);
  }

  /** The same, read-only. */
  public MountPoint readOnly() {
    return new MountPoint(
        type,
        name,
        source,
        destination,
        driver,
        mode,
        false,
        propagation,
        subpath,
        nonRecursive,
        submountsWritable);
  }
}
