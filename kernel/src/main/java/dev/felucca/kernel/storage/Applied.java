package dev.felucca.kernel.storage;

/**
 * What an applied layer turned out to be: the bytes of regular files it wrote, and the number of
 * its entries.
 */
public record Applied(long bytes, long entries) {}
