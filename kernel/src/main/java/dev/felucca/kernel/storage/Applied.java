package dev.felucca.kernel.storage;

/**
 * What an applied layer turned out to be: the bytes it wrote, counted as in {@link Usage}, and the
 * number of its entries.
 */
public record Applied(long bytes, long entries) {}
