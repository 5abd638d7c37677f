package dev.felucca.engine.image;

import static dev.felucca.kernel.EngineException.Kind.CONFLICT;
import static dev.felucca.kernel.EngineException.Kind.NOT_FOUND;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.image.Images.Removed;
import java.io.IOException;
import java.util.List;

/** Removes images that nothing needs, with all their names. */
final class Unused {
  private final ImageCore core;
  private final ImageRemoval removal;

  Unused(ImageCore core) {
    this.core = core;
    removal = new ImageRemoval(core);
  }

  /** What was done: nothing when a container or another image turns out to need it. */
  List<Removed> remove(ImageRecord image) throws IOException {
    if (!core.use.of(image.id()).isEmpty() || !core.images.children(image.id()).isEmpty()) {
      return List.of();
    }
    try {
      ImageRemoval.Outcome outcome = removal.remove(image.id().toString(), true, true);
      removal.collect(outcome);
      return outcome.steps();
    } catch (EngineException e) {
      if (e.kind() != CONFLICT && e.kind() != NOT_FOUND) {
        throw e;
      }
      return List.of();
    }
  }
}
