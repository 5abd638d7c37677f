package dev.felucca.engine.container;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.kernel.EngineException;

/**
 * Where a container's network comes from.
 *
 * @param ref the network's name, or the other container's
 */
record NetworkMode(Kind kind, String ref) {
  enum Kind {
    NETWORK,
    CONTAINER
  }

  static NetworkMode parse(String text) {
    if (text.isEmpty() || text.equals("default")) {
      return new NetworkMode(Kind.NETWORK, "bridge");
    }
    if (text.startsWith("container:")) {
      String other = text.substring("container:".length());
      if (other.isEmpty()) {
        throw new EngineException(
            INVALID, "invalid network mode: invalid container format container:<name|id>");
      }
      return new NetworkMode(Kind.CONTAINER, other);
    }
    return new NetworkMode(Kind.NETWORK, text);
  }

  boolean isHost() {
    return kind == Kind.NETWORK && ref.equals("host");
  }

  @Override
  public String toString() {
    return kind == Kind.CONTAINER ? "container:" + ref : ref;
  }
}
