package dev.felucca.kernel.network;

import dev.felucca.kernel.Driver;

/**
 * Decides what linking a container to another ({@code --link target:alias}) gives it. Pure: the
 * engine does what it says, at each start of the container, and again for names and flows when the
 * target has another address.
 */
public interface LinkDriver extends Driver {
  /** What this link gives; the same for the same request. */
  LinkEffect link(LinkRequest request);
}
