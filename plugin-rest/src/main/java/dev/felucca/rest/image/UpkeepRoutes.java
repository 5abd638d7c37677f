package dev.felucca.rest.image;

import static dev.felucca.kernel.EngineException.Kind.NOT_FOUND;
import static dev.felucca.rest.http.Dispatcher.Lane.QUERY;
import static dev.felucca.rest.http.Dispatcher.Lane.WORK;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.image.HistoryEntry;
import dev.felucca.kernel.image.ImageDetails;
import dev.felucca.kernel.image.ImageUpkeep.Pruned;
import dev.felucca.rest.KernelServices;
import dev.felucca.rest.http.Exchange;
import dev.felucca.rest.http.Request;
import dev.felucca.rest.json.JsonOut;
import dev.felucca.rest.route.Router;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The routes for what images are made of and take. */
final class UpkeepRoutes {
  private final KernelServices services;

  UpkeepRoutes(KernelServices services) {
    this.services = services;
  }

  void addTo(Router router) {
    router
        .add(WORK, "POST", "/images/prune", this::prune)
        .add(QUERY, "GET", "/images/{name}/history", this::history);
  }

  private void prune(Exchange exchange) throws IOException {
    Pruned pruned = services.imageUpkeep().prune(exchange.request().filters());
    exchange.json(
        JsonOut.object(
            out -> {
              if (pruned.steps().isEmpty()) {
                out.nothing("ImagesDeleted");
              } else {
                out.objects("ImagesDeleted", pruned.steps(), ImageRoutes::step);
              }
              out.number("SpaceReclaimed", pruned.bytes());
            }));
  }

  /**
   * A line of the history; the newest have the ids and names of the image and of those it is of.
   */
  private record Line(HistoryEntry entry, long size, String id, List<String> tags) {}

  private void history(Exchange exchange) {
    Request request = exchange.request();
    String name = request.name("name");
    ImageDetails image = services.images().inspect(name);
    PlatformJson.check(image, request, 48);
    List<Long> sizes = services.imageUpkeep().layerSizes(name);
    List<Line> lines = new ArrayList<>();
    int layer = 0;
    for (HistoryEntry entry : image.history()) {
      long size = entry.emptyLayer() || layer >= sizes.size() ? 0 : sizes.get(layer++);
      lines.add(new Line(entry, size, "<missing>", List.of()));
    }
    Collections.reverse(lines);
    ImageDetails of = image;
    for (int i = 0; i < lines.size() && of != null; i++) {
      Line line = lines.get(i);
      lines.set(i, new Line(line.entry(), line.size(), of.id().toString(), of.repoTags()));
      of = parent(of);
    }
    exchange.json(JsonOut.array(lines, UpkeepRoutes::line));
  }

  /** What the image was committed on, or null where that is not here. */
  private @Nullable ImageDetails parent(ImageDetails image) {
    if (image.parent() == null) {
      return null;
    }
    try {
      return services.images().inspect(image.parent().toString());
    } catch (EngineException e) {
      if (e.kind() != NOT_FOUND) {
        throw e;
      }
      return null;
    }
  }

  private static void line(JsonOut out, Line line) {
    HistoryEntry entry = line.entry();
    out.text("Comment", entry.comment())
        .number("Created", entry.created() == null ? 0 : entry.created().getEpochSecond())
        .text("CreatedBy", entry.createdBy())
        .text("Id", line.id())
        .number("Size", line.size())
        .textsOrNull("Tags", line.tags());
  }
}
