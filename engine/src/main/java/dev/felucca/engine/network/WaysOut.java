package dev.felucca.engine.network;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Chooses which of a container's places gives it its default routes: the one of highest priority,
 * and among equals the first by the network's name, for IPv4 and IPv6 each.
 */
public final class WaysOut {
  private static final Comparator<EndpointInUse> ORDER =
      Comparator.comparingInt((EndpointInUse place) -> -place.priority())
          .thenComparing(EndpointInUse::networkName);

  private WaysOut() {}

  /** The same places with their default routes. */
  public static List<EndpointInUse> decide(List<EndpointInUse> places) {
    Optional<EndpointInUse> four = way(places, '.');
    Optional<EndpointInUse> six = way(places, ':');
    List<EndpointInUse> decided = new ArrayList<>();
    for (EndpointInUse place : places) {
      List<String> gateways =
          place.ways().stream()
              .filter(
                  gate -> (gate.indexOf(':') >= 0 ? six : four).filter(place::equals).isPresent())
              .toList();
      decided.add(place.withSpec(place.spec().withGateways(gateways)));
    }
    return decided;
  }

  /** Which of them has the container's published ports: the one that its answers leave by. */
  public static Optional<EndpointInUse> publisher(List<EndpointInUse> places) {
    Optional<EndpointInUse> four = way(places, '.');
    return four.isPresent() ? four : way(places, ':');
  }

  private static Optional<EndpointInUse> way(List<EndpointInUse> places, char mark) {
    return places.stream()
        .filter(place -> place.ways().stream().anyMatch(gate -> gate.indexOf(mark) >= 0))
        .min(ORDER);
  }
}
