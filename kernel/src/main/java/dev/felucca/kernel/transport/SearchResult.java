package dev.felucca.kernel.transport;

/**
 * A repository that a search found.
 *
 * @param name as it is pulled by, with its registry where that is not Docker's own
 * @param starCount how many people like it; 0 where the registry does not count
 * @param automated built by the registry from sources
 */
public record SearchResult(
    String name, String description, int starCount, boolean official, boolean automated) {}
