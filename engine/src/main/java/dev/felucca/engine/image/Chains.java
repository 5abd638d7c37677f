package dev.felucca.engine.image;

import dev.felucca.kernel.Digest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Chain ids: names for a layer on the layers under it (OCI image specification, "config"). */
final class Chains {
  private Chains() {}

  /** The chain id of each layer, from the bottom; these are the keys of committed snapshots. */
  static List<String> of(List<Digest> diffIds) {
    List<String> chain = new ArrayList<>();
    Digest below = null;
    for (Digest diffId : diffIds) {
      below =
          below == null
              ? diffId
              : Digest.sha256((below + " " + diffId).getBytes(StandardCharsets.UTF_8));
      chain.add(below.toString());
    }
    return chain;
  }
}
