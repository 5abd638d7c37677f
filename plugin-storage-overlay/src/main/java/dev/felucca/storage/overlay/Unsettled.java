package dev.felucca.storage.overlay;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.felucca.linux.layer.AppliedLayer;
import java.util.ArrayList;
import java.util.List;

/**
 * What a layer that was unpacked by itself leaves open until its parent is known; it is kept in the
 * snapshot's file, as the engine may end in between.
 */
final class Unsettled {
  private static final String IMPLIED = "implied";
  private static final String LINKS = "links";

  private Unsettled() {}

  static void add(ObjectNode json, AppliedLayer applied) {
    ArrayNode implied = json.withArrayProperty(IMPLIED);
    applied.implied().forEach(implied::add);
    ArrayNode links = json.withArrayProperty(LINKS);
    for (AppliedLayer.PendingLink link : applied.links()) {
      links.addObject().put("path", link.path()).put("target", link.target());
    }
  }

  static List<String> implied(ObjectNode json) {
    List<String> paths = new ArrayList<>();
    for (JsonNode path : json.path(IMPLIED)) {
      paths.add(path.asText());
    }
    return paths;
  }

  static List<AppliedLayer.PendingLink> links(ObjectNode json) {
    List<AppliedLayer.PendingLink> links = new ArrayList<>();
    for (JsonNode link : json.path(LINKS)) {
      links.add(
          new AppliedLayer.PendingLink(link.path("path").asText(), link.path("target").asText()));
    }
    return links;
  }

  static void clear(ObjectNode json) {
    json.remove(List.of(IMPLIED, LINKS));
  }
}
