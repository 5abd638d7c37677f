package dev.felucca.kernel.volume;

import dev.felucca.kernel.storage.Usage;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/** Volumes as clients ask for them, by name. */
public interface Volumes {
  /**
   * Makes a volume, or answers the one that is there by that name. CONFLICT when that one is
   * another driver's; INVALID for a name or option that cannot be.
   */
  VolumeDetails create(VolumeRequest request) throws IOException;

  /**
   * Sorted by name. Filters are Docker's: {@code dangling}, {@code driver}, {@code label}, {@code
   * name}; another is INVALID.
   */
  List<VolumeDetails> list(Map<String, List<String>> filters) throws IOException;

  /** NOT_FOUND in Docker's words. */
  VolumeDetails inspect(String name) throws IOException;

  /**
   * Removes it with its files. CONFLICT while a container mounts it, running or not, naming them.
   *
   * @param force one that is not there is no error
   */
  void remove(String name, boolean force) throws IOException;

  /**
   * Removes volumes that no container mounts: anonymous ones, and with the filter {@code all=true}
   * the named ones too. Further filters: {@code label}, {@code label!}.
   */
  Pruned prune(Map<String, List<String>> filters) throws IOException;

  /** What its files take; walks them. */
  Usage usage(String name) throws IOException;

  /** Names of what was removed, and the bytes it took. */
  record Pruned(List<String> names, long bytes) {
    public Pruned {
      names = List.copyOf(names);
    }
  }
}
