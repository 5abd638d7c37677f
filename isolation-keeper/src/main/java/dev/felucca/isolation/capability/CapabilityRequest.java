package dev.felucca.isolation.capability;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.kernel.EngineException;
import java.util.List;
import java.util.Locale;

/**
 * What {@code --cap-add}, {@code --cap-drop} and {@code --privileged} ask for. Names come in any
 * case, with or without {@code CAP_}; {@code ALL} stands for everything available.
 *
 * <p>Docker's order: adding ALL starts from everything and takes the named drops away; dropping ALL
 * leaves exactly what is added; otherwise drops are taken from the default set and adds put on top,
 * so a name in both lists is granted.
 */
public record CapabilityRequest(List<String> add, List<String> drop, boolean privileged) {
  public static final CapabilityRequest DEFAULT =
      new CapabilityRequest(List.of(), List.of(), false);

  private static final String ALL = "ALL";

  public CapabilityRequest {
    add = List.copyOf(add);
    drop = List.copyOf(drop);
  }

  /**
   * The resulting set, never more than the host has available.
   *
   * @throws EngineException INVALID, in Docker's words, for a name nobody knows or one this host
   *     cannot grant
   */
  public Capabilities resolve(HostCapabilities host) {
    Capabilities adds = parse("CapAdd", add, host);
    Capabilities drops = parse("CapDrop", drop, host);
    if (privileged) return host.available();
    if (containsAll(add)) return host.available().without(drops);
    if (containsAll(drop)) return adds;
    return Capabilities.DOCKER_DEFAULT.and(host.available()).without(drops).with(adds);
  }

  private static boolean containsAll(List<String> names) {
    return names.stream().anyMatch(CapabilityRequest::isAll);
  }

  private static boolean isAll(String name) {
    return name.toUpperCase(Locale.ROOT).equals(ALL);
  }

  private static Capabilities parse(String field, List<String> names, HostCapabilities host) {
    long bits = 0;
    for (String name : names) {
      if (isAll(name)) continue;
      Capability capability =
          Capability.named(name)
              .orElseThrow(
                  () ->
                      new EngineException(
                          INVALID,
                          String.format(
                              "invalid %s: unknown capability: \"%s\"",
                              field, Capability.canonical(name))));
      if (!host.available().has(capability)) {
        throw new EngineException(
            INVALID,
            String.format(
                "invalid %s: capability not supported by your kernel or not available in the"
                    + " current environment: \"%s\"",
                field, capability));
      }
      bits |= capability.mask();
    }
    return new Capabilities(bits);
  }
}
