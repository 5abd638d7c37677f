package dev.felucca.kernel.network;

import dev.felucca.kernel.ContainerId;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * Networks as clients ask for them; {@code ref} is a name, an id or an unambiguous prefix of one.
 */
public interface Networks {
  /**
   * Every network, the predefined {@code bridge}, {@code host} and {@code none} among them; filters
   * are Docker's.
   */
  List<NetworkDetails> list(Map<String, List<String>> filters);

  /** NOT_FOUND with Docker's words {@code network x not found}. */
  NetworkDetails inspect(String ref);

  /** A network with the endpoints it has now, by container. */
  record NetworkDetails(
      NetworkSpec spec,
      String driver,
      String scope,
      Instant created,
      boolean attachable,
      Map<String, String> labels,
      Map<ContainerId, EndpointSpec> endpoints) {}
}
