package dev.felucca.kernel.log;

import dev.felucca.kernel.isolation.OutputStreamKind;
import java.time.Instant;

/**
 * A line, its newline included; a piece without one belongs to a longer line (Docker cuts at 16
 * KiB).
 *
 * @param line raw bytes, whatever their encoding
 */
public record LogEntry(OutputStreamKind stream, Instant time, byte[] line) {}
