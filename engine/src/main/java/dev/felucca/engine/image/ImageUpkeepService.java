package dev.felucca.engine.image;

import dev.felucca.engine.filter.Filters;
import dev.felucca.engine.filter.PruneFilter;
import dev.felucca.kernel.image.ImageDetails;
import dev.felucca.kernel.image.ImageUpkeep;
import dev.felucca.kernel.image.Images.Removed;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** What images take, and how they are kept in order. */
@Component(service = ImageUpkeep.class)
public final class ImageUpkeepService implements ImageUpkeep {
  private static final Set<String> PRUNE_FILTERS = Set.of("dangling", "until", "label", "label!");
  private final ImageCore core;
  private final Unused unused;

  @Activate
  public ImageUpkeepService(@Reference ImageCore core) {
    this.core = core;
    unused = new Unused(core);
  }

  @Override
  public Pruned prune(Map<String, List<String>> filters) throws IOException {
    Predicate<ImageDetails> wanted = predicate(filters);
    List<Removed> steps = new ArrayList<>();
    Map<String, Long> before = chains();
    List<ImageRecord> oldest = new ArrayList<>(core.images.images());
    oldest.sort(Comparator.comparing(ImageRecord::arrived));
    for (ImageRecord image : oldest) {
      if (core.use.of(image.id()).isEmpty()
          && core.images.image(image.id()).isPresent()
          && wanted.test(core.descriptions.of(image))) {
        steps.addAll(unused.remove(image));
      }
    }
    Map<String, Long> after = chains();
    long freed =
        before.entrySet().stream()
            .filter(chain -> !after.containsKey(chain.getKey()))
            .mapToLong(Map.Entry::getValue)
            .sum();
    core.tellPruned(freed);
    return new Pruned(steps, freed);
  }

  private static Predicate<ImageDetails> predicate(Map<String, List<String>> filters) {
    Filters.check(filters, PRUNE_FILTERS);
    boolean dangling = Filters.truth(filters, "dangling", true);
    PruneFilter filter = new PruneFilter(filters);
    return image ->
        (!dangling || (image.repoTags().isEmpty() && image.repoDigests().isEmpty()))
            && filter.letsGo(image.config().labels(), image.created());
  }

  /** Every unpacked layer with what it takes. */
  private Map<String, Long> chains() {
    Map<String, Long> found = new HashMap<>();
    for (ImageRecord image : core.images.images()) {
      List<String> chain = image.chain();
      for (int i = 0; i < chain.size(); i++) {
        found.put(chain.get(i), image.layers().get(i).bytes());
      }
    }
    return found;
  }

  @Override
  public Usage usage() {
    Map<String, Integer> users = new HashMap<>();
    List<ImageRecord> images = List.copyOf(core.images.images());
    for (ImageRecord image : images) {
      new HashSet<>(image.chain()).forEach(chain -> users.merge(chain, 1, Integer::sum));
    }
    List<ImageUsage> found = new ArrayList<>();
    for (ImageRecord image : images) {
      boolean intermediate =
          core.images.references(image.id()).isEmpty()
              && !core.images.children(image.id()).isEmpty();
      if (intermediate) {
        continue;
      }
      List<String> chain = image.chain();
      long shared = 0;
      for (int i = 0; i < chain.size(); i++) {
        if (users.getOrDefault(chain.get(i), 0) > 1) {
          shared += image.layers().get(i).bytes();
        }
      }
      found.add(
          new ImageUsage(core.descriptions.of(image), shared, core.use.of(image.id()).size()));
    }
    long layers = chains().values().stream().mapToLong(Long::longValue).sum();
    return new Usage(layers, found);
  }

  @Override
  public List<Long> layerSizes(String reference) {
    return core.lookup.find(reference).layers().stream().map(ImageRecord.Layer::bytes).toList();
  }

  @Override
  public Verification verify() throws IOException {
    return new Verifier(core).run();
  }
}
