package dev.felucca.isolation.linux.init;

import dev.felucca.isolation.host.Rlimit;
import dev.felucca.kernel.IdMapping;
import dev.felucca.kernel.isolation.ProcessSpec;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a process in a container needs besides the container, decided for this host.
 *
 * @param capabilities bits of the bounding set, and of what root holds
 * @param seccomp struct sock_filter, or null for no filter
 * @param cgroups files to write 0 to, see Cgroup#joinFiles
 * @param rlimits resource number, soft and hard limit, already within what this host allows
 * @param label what is written to {@link ProcessSteps#LABEL} before the exec, or nothing
 * @param users who its users are on the host, where they are others
 * @param lastCapability the kernel's highest
 */
public record ProcessPlan(
    ProcessSpec process,
    boolean openStdin,
    long capabilities,
    int lastCapability,
    boolean noNewPrivileges,
    byte @Nullable [] seccomp,
    List<String> cgroups,
    List<Rlimit> rlimits,
    @Nullable Integer oomScoreAdj,
    boolean closeRangeCloexec,
    String label,
    @Nullable IdMapping users) {}
