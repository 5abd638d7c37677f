package dev.felucca.kernel.container;

/** The names of the drivers a container uses, fixed when it is created. */
public record DriverNames(String storage, String isolation, String log) {}
