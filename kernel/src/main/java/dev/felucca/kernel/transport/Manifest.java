package dev.felucca.kernel.transport;

import dev.felucca.kernel.image.Descriptor;

/**
 * A manifest or index as the registry served it, byte for byte, with the descriptor it was verified
 * against.
 */
public record Manifest(Descriptor descriptor, byte[] bytes) {}
