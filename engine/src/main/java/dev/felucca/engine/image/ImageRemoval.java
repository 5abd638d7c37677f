package dev.felucca.engine.image;

import static dev.felucca.kernel.EngineException.Kind.CONFLICT;

import dev.felucca.kernel.Digest;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.image.ImageReference;
import dev.felucca.kernel.image.Images.Removed;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Docker's rules for what {@code rmi} removes and refuses, and its words. */
final class ImageRemoval {
  private final ImageCore core;
  private final ImageStore images;
  private final ImageLookup lookup;
  private final ImageUse use;

  ImageRemoval(ImageCore core) {
    this.core = core;
    images = core.images;
    lookup = core.lookup;
    use = core.use;
  }

  /**
   * What was removed, in order, the images whose content is to be collected, and what their names
   * stood for.
   */
  record Outcome(List<Removed> steps, List<ImageRecord> gone, Set<Digest> targets) {}

  /** Removes what the images that are gone were made of. */
  void collect(Outcome outcome) throws IOException {
    for (ImageRecord gone : outcome.gone()) {
      core.descriptions.forget(gone.id());
      core.garbage.sweep(gone);
    }
    for (Digest target : outcome.targets()) {
      core.garbage.sweepBlobs(List.of(target));
    }
  }

  Outcome remove(String text, boolean force, boolean prune) throws IOException {
    ImageRecord image = lookup.find(text);
    Outcome outcome = new Outcome(new ArrayList<>(), new ArrayList<>(), new HashSet<>());
    List<ImageReference> names = images.names(image.id());
    Going going = new Going(new ArrayList<>(), new HashSet<>(), core.labels(image.id().toString()));
    boolean quiet = false;
    if (!ImageLookup.isIdPrefix(image.id(), text)) {
      if (!force && isOne(names)) {
        refuseLastName(text, image.id());
      }
      ImageReference given = ImageReference.parse(text).withDefaultTag();
      Digest digest = given.digest();
      ImageReference name = digest == null ? given : given.withDigest(digest);
      going.tell(name);
      if (digest == null) {
        going.names().addAll(digestsAfter(name, names));
      }
      if (!going.names().containsAll(names)) {
        untag(going, image.id(), outcome);
        return outcome;
      }
      quiet = true;
    } else if (isOne(names)) {
      refuseInUse(image.id(), force, false);
      names.forEach(going::tell);
    }
    delete(image, going, outcome, force, prune, quiet);
    return outcome;
  }

  /**
   * Names that are to go, in this order.
   *
   * @param told those of which an event tells
   * @param labels of their image, which may be gone by then
   */
  private record Going(List<ImageReference> names, Set<String> told, Map<String, String> labels) {
    void tell(ImageReference name) {
      names.add(name);
      told.add(name.toString());
    }
  }

  private void refuseLastName(String text, Digest id) {
    Optional<ImageUsers.User> user = use.of(id).stream().findFirst();
    if (user.isPresent()) {
      throw new EngineException(
          CONFLICT,
          "conflict: unable to remove repository reference \""
              + text
              + "\" (must force) - container "
              + brief(user.get().containerId())
              + " is using its referenced image "
              + brief(id.hex()));
    }
  }

  /** Only names go, and their image stays. */
  private void untag(Going going, Digest id, Outcome outcome) throws IOException {
    for (ImageReference name : going.names()) {
      Optional<ReferenceRecord> known = images.reference(name);
      if (known.isPresent() && images.unname(name)) {
        note(known.get(), going, id, outcome);
      }
    }
  }

  private void note(ReferenceRecord gone, Going going, Digest id, Outcome outcome) {
    if (gone.target() != null) {
      outcome.targets().add(gone.target().digest());
    }
    outcome.steps().add(new Removed(ImageReference.parse(gone.name()).familiar(), null));
    if (going.told().contains(gone.name())) {
      core.tell("untag", id.toString(), id.toString(), going.labels());
    }
  }

  /** Once no tag of a repository names the image, its digests there go too. */
  private static List<ImageReference> digestsAfter(ImageReference tag, List<ImageReference> names) {
    List<ImageReference> same =
        names.stream().filter(name -> name.name().equals(tag.name()) && !name.equals(tag)).toList();
    return same.stream().anyMatch(name -> name.digest() == null) ? List.of() : same;
  }

  /** At most one tag, and nothing beyond the repository of that. */
  private static boolean isOne(List<ImageReference> names) {
    if (names.size() <= 1) {
      return true;
    }
    Set<String> digestRepositories = new HashSet<>();
    ImageReference tag = null;
    for (ImageReference name : names) {
      if (name.digest() != null) {
        digestRepositories.add(name.name());
      } else if (tag == null) {
        tag = name;
      } else {
        return false;
      }
    }
    String repository = (tag == null ? names.get(0) : tag).name();
    return digestRepositories.size() == 1 && digestRepositories.contains(repository);
  }

  private void delete(
      ImageRecord image, Going going, Outcome outcome, boolean force, boolean prune, boolean quiet)
      throws IOException {
    List<ImageReference> others = new ArrayList<>(images.names(image.id()));
    others.removeAll(going.names());
    try {
      refuseInUse(image.id(), force, !others.isEmpty());
    } catch (EngineException e) {
      untag(going, image.id(), outcome);
      boolean used = !use.of(image.id()).isEmpty();
      boolean dangling =
          images.names(image.id()).isEmpty() && images.children(image.id()).isEmpty();
      if (quiet && (!dangling || used)) {
        return;
      }
      throw e;
    }
    others.forEach(going::tell);
    // The image and its names in one: whoever looks, also after a crash, sees all of it or nothing.
    Optional<List<ReferenceRecord>> gone = images.remove(image.id(), going.names());
    if (gone.isEmpty()) {
      untag(going, image.id(), outcome);
      return; // named again, or removed, by somebody else meanwhile
    }
    gone.get().forEach(name -> note(name, going, image.id(), outcome));
    core.tell("delete", image.id().toString(), image.id().toString());
    outcome.gone().add(image);
    outcome.steps().add(new Removed(null, image.id().toString()));
    for (String chain : released(image)) {
      outcome.steps().add(new Removed(null, chain));
    }
    Digest parent = image.parent();
    if (prune && parent != null) {
      Optional<ImageRecord> below = images.image(parent);
      if (below.isPresent()) {
        delete(
            below.get(),
            new Going(new ArrayList<>(), new HashSet<>(), core.labels(below.get().id().toString())),
            outcome,
            false,
            true,
            true);
      }
    }
  }

  /** The layers that no other image has, from the top. */
  private List<String> released(ImageRecord image) {
    Set<String> needed = new HashSet<>();
    images.images().forEach(other -> needed.addAll(other.chain()));
    List<String> released = new ArrayList<>();
    for (String chain : image.chain()) {
      if (!needed.contains(chain) && use.of(image.id()).isEmpty()) {
        released.add(0, chain);
      }
    }
    return released;
  }

  /**
   * @param named whether it has names beside those that are to go
   */
  private void refuseInUse(Digest id, boolean force, boolean named) {
    if (!images.children(id).isEmpty()) {
      throw conflict(id, false, "image has dependent child images");
    }
    List<ImageUsers.User> users = use.of(id);
    ImageUsers.@Nullable User running =
        users.stream().filter(ImageUsers.User::running).findFirst().orElse(null);
    if (running != null) {
      throw conflict(
          id, false, "image is being used by running container " + brief(running.containerId()));
    }
    if (force) {
      return;
    }
    if (named) {
      throw conflict(id, true, "image is referenced in multiple repositories");
    }
    if (!users.isEmpty()) {
      throw conflict(
          id,
          true,
          "image is being used by stopped container " + brief(users.get(0).containerId()));
    }
  }

  private static EngineException conflict(Digest id, boolean forceable, String reason) {
    return new EngineException(
        CONFLICT,
        "conflict: unable to delete "
            + brief(id.hex())
            + (forceable ? " (must be forced) - " : " (cannot be forced) - ")
            + reason);
  }

  private static String brief(String hex) {
    return hex.length() <= 12 ? hex : hex.substring(0, 12);
  }
}
