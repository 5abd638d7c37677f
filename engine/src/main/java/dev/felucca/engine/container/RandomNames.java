package dev.felucca.engine.container;

import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/** Names for containers that were given none: a quality and somebody of the sea. */
final class RandomNames {
  private static final List<String> QUALITIES =
      List.of(
          "agile", "amber", "ample", "balmy", "beaming", "bold", "brave", "breezy", "bright", "brisk",
          "calm", "candid", "careful", "cheerful", "clear", "clever", "crisp", "curious", "daring",
          "deft", "eager", "early", "earnest", "easy", "fair", "fearless", "fine", "fleet", "fond",
          "frank", "fresh", "gentle", "glad", "gleaming", "golden", "graceful", "handy", "happy",
          "hardy", "hearty", "honest", "hopeful", "jolly", "keen", "kind", "lively", "lucid", "lucky",
          "mellow", "merry", "mild", "modest", "neat", "nimble", "noble", "open", "patient", "plucky",
          "polite", "proud", "quick", "quiet", "ready", "rested", "robust", "serene", "sharp", "shining",
          "silent", "sleek", "smart", "snug", "sober", "spry", "stately", "steady", "stout", "sturdy",
          "subtle", "sunny", "swift", "tidy", "trim", "trusty", "upbeat", "vivid", "warm", "wise",
          "witty", "zesty");
  private static final List<String> SEAFARERS =
      List.of(
          "amundsen", "anson", "baffin", "banks", "barents", "barth", "beaufort", "behaim", "bering",
          "blyth", "bougainville", "bowditch", "brendan", "cabot", "cadamosto", "carson", "cartier",
          "chichester", "columbus", "cook", "cousteau", "cunliffe", "dampier", "darwin", "davis", "drake",
          "earle", "erikson", "eudoxus", "fitzroy", "flinders", "franklin", "frobisher", "gama", "gilbert",
          "halley", "hanno", "harrison", "hartog", "hawkins", "henry", "hudson", "humboldt", "ibnbattuta",
          "ibnmajid", "jansz", "joshua", "kotzebue", "kruzenshtern", "laperouse", "linschoten", "magellan",
          "malaspina", "maury", "mercator", "moitessier", "nansen", "nares", "nearchus", "orellana",
          "parry", "piccard", "pinzon", "polo", "ponting", "pytheas", "quiros", "raleigh", "ross",
          "scylax", "shackleton", "slocum", "solis", "tasman", "tabarly", "torres", "tupaia", "urdaneta",
          "vancouver", "verrazzano", "vespucci", "wallis", "weddell", "zhenghe");

  private RandomNames() {}

  /** A name; after a clash a digit is added, as in {@code calm_cook7}. */
  static String next(int attempt) {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    String name =
        QUALITIES.get(random.nextInt(QUALITIES.size()))
            + "_"
            + SEAFARERS.get(random.nextInt(SEAFARERS.size()));
    return attempt == 0 ? name : name + random.nextInt(attempt < 5 ? 10 : 1_000_000);
  }
}
