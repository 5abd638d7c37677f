package dev.felucca.kernel.isolation;

import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.storage.Mount;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Everything an isolation driver needs to build a container: the meaning of the OCI runtime
 * specification's configuration, with Docker's defaults already decided by the engine.
 *
 * @param root how to make the root file system, in order on one target; see Snapshotter#mounts
 * @param scratch a directory of the container's own that the driver may use as mount target and for
 *     what must survive the engine but not a reboot; it exists, is empty at {@code create}, and is
 *     removed by the caller after {@code delete}
 * @param shmSize bytes of {@code /dev/shm}; 0 mounts none. In another container's IPC namespace the
 *     other's is seen
 * @param mounts what is mounted inside the root besides the driver's own defaults (proc, sys,
 *     dev…), in order
 */
public record ContainerSpec(
    ContainerId id,
    List<Mount> root,
    boolean readonlyRootfs,
    Path scratch,
    ProcessSpec process,
    String hostname,
    String domainname,
    List<ContainerMount> mounts,
    Namespaces namespaces,
    Security security,
    Resources resources,
    Map<String, String> sysctls,
    long shmSize,
    boolean init,
    @Nullable String cgroupParent,
    boolean openStdin,
    Map<String, String> annotations) {
  public ContainerSpec {
    root = List.copyOf(root);
    mounts = List.copyOf(mounts);
    sysctls = Map.copyOf(sysctls);
    annotations = Map.copyOf(annotations);
  }
}
