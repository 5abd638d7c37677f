package dev.felucca.kernel.network;

import dev.felucca.kernel.ContainerId;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

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

  /**
   * Makes a network.
   *
   * <p>CONFLICT when the name is taken; INVALID for a name, an address or an option that means
   * nothing, and for subnets that overlap those of other networks or routes of the host; NOT_FOUND
   * for a driver that isn't there.
   */
  NetworkCreated create(NetworkRequest request) throws IOException;

  /** CONFLICT with Docker's words while containers are in it; INVALID for a predefined one. */
  void remove(String ref) throws IOException;

  /** Removes the networks that nobody is in; answers their names. Filters are Docker's. */
  List<String> prune(Map<String, List<String>> filters) throws IOException;

  /**
   * Takes everything that networks have on the host away: bridges, rules, tables. The engine is to
   * go down next; all networks are there again when it, or its successor, comes. CONFLICT while
   * containers are in them.
   */
  void leaveHost() throws IOException;

  /**
   * A network with the endpoints it has now, by container.
   *
   * @param configOnly nobody can be in it: others are made from what it says
   * @param configFrom the name of the network that this one was made from; empty for none
   */
  record NetworkDetails(
      NetworkSpec spec,
      String driver,
      String scope,
      Instant created,
      boolean attachable,
      Map<String, String> labels,
      Map<String, String> ipamOptions,
      Map<ContainerId, EndpointSpec> endpoints,
      boolean configOnly,
      String configFrom) {}

  /**
   * What a client asks for.
   *
   * @param driver empty is {@code bridge}
   * @param ipv4 null is true
   * @param ipv6 null follows the engine's setting
   * @param pools as the client wrote them; addresses that are empty are the engine's to choose
   * @param configOnly it is to hold what others are made from
   * @param configFrom the name of such a network; empty for none
   */
  record NetworkRequest(
      String name,
      String driver,
      boolean internal,
      boolean attachable,
      @Nullable Boolean ipv4,
      @Nullable Boolean ipv6,
      String ipamDriver,
      Map<String, String> ipamOptions,
      List<Pool> pools,
      Map<String, String> options,
      Map<String, String> labels,
      boolean configOnly,
      String configFrom) {
    /**
     * One of which all but its name and driver is left to the engine.
     *
     * @param driver empty is {@code bridge}
     */
    public static NetworkRequest of(String name, String driver) {
      return new NetworkRequest(
          name, driver, false, false, null, null, "", Map.of(), List.of(), Map.of(), Map.of(),
          false, "");
    }
  }

  /** One address range as it is asked for. */
  record Pool(String subnet, String ipRange, String gateway, Map<String, String> auxAddresses) {}

  /** The new network's id, with what the client is to be told. */
  record NetworkCreated(String id, List<String> warnings) {}
}
