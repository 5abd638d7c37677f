package dev.felucca.storage.snapshots;

import dev.felucca.kernel.storage.Change;
import dev.felucca.linux.layer.ChangedPath;
import dev.felucca.linux.layer.RawName;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Differences of trees in the vocabulary of the kernel. */
public final class ChangePaths {
  private ChangePaths() {}

  /** Paths in UTF-8; what is not UTF-8 in a name is shown as U+FFFD. */
  public static List<Change> of(List<ChangedPath> changes) {
    return changes.stream()
        .map(
            change ->
                new Change(
                    Change.Kind.valueOf(change.kind().name()),
                    "/" + new String(RawName.bytes(change.path()), StandardCharsets.UTF_8)))
        .toList();
  }
}
