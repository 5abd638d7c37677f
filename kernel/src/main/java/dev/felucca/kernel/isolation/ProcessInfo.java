package dev.felucca.kernel.isolation;

/** A process of a container, by the host's pid. */
public record ProcessInfo(int pid, int parentPid, String user, String command) {}
