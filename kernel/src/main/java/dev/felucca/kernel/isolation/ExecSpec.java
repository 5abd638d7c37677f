package dev.felucca.kernel.isolation;

/**
 * A further process in a running container.
 *
 * @param execId the caller's name for it, unique in the engine: 64 hexadecimal digits
 */
public record ExecSpec(String execId, ProcessSpec process, boolean privileged, boolean openStdin) {}
