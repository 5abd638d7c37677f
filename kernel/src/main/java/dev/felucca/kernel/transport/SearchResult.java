package dev.felucca.kernel.transport;

public record SearchResult(
    String name, String description, int starCount, boolean official, boolean automated) {}
