package dev.felucca.kernel.container;

import dev.felucca.kernel.ContainerId;
import java.util.List;

/** What was made, with what the client should be told. */
public record CreateResult(ContainerId id, List<String> warnings) {}
