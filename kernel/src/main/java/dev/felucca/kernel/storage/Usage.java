package dev.felucca.kernel.storage;

/** What a snapshot takes by itself, its parents left out: bytes on disk and inodes. */
public record Usage(long bytes, long inodes) {}
