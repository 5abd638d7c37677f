package dev.felucca.isolation.keeper;

import dev.felucca.isolation.shim.ShimProcess;
import dev.felucca.isolation.shim.StatusFile;
import dev.felucca.kernel.ContainerId;
import dev.felucca.linux.cgroup.Cgroup;

/** The parts of a container that is kept, made just now or found again. */
public record Kept(
    ContainerId id,
    ContainerFiles files,
    KeptState state,
    ShimProcess shim,
    StatusFile status,
    Cgroup cgroup) {}
