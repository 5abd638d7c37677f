package dev.felucca.kernel.storage;

/**
 * What a tree of files takes by itself, what it stands on left out, as Docker counts it: the sizes
 * of its files, holes included, hard links once and directories not at all; and its inodes.
 */
public record Usage(long bytes, long inodes) {}
