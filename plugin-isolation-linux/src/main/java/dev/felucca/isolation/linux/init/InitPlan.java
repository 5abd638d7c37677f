package dev.felucca.isolation.linux.init;

import dev.felucca.isolation.host.DeviceNode;
import dev.felucca.isolation.mount.HeldMounts;
import dev.felucca.kernel.isolation.ContainerSpec;
import dev.felucca.kernel.storage.Mount;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A container, and all that has to be looked up on the host for it, so that {@link InitProgram}
 * need not look.
 *
 * @param target an empty directory on which the root is mounted in the container's mount namespace
 * @param files the bind mounts' sources that are not directories, as {@link #source} has them
 * @param devices the nodes of {@code /dev}
 * @param cgroupView how {@code /sys/fs/cgroup} is to look
 * @param hostname null keeps the name of the namespace that is joined
 * @param inherited what the first process has as descriptors
 */
public record InitPlan(
    ContainerSpec spec,
    ProcessPlan process,
    Path target,
    Set<String> files,
    List<DeviceNode> devices,
    CgroupView cgroupView,
    @Nullable String hostname,
    boolean mountSetattr,
    Inherited inherited) {

  /** Where a mount's source is on the host; of one made of several directories, their names. */
  public static String source(Mount mount) {
    if (HeldMounts.layered(mount)) {
      return String.join(",", mount.options());
    }
    return mount.base() == null ? mount.source() : mount.base().resolve(mount.source()).toString();
  }

  /**
   * What is mounted below {@code /sys/fs/cgroup}.
   *
   * @param unified cgroup v2 alone, at the top
   * @param hierarchies for v1: directory names, and the mount options that select each
   */
  public record CgroupView(boolean unified, Map<String, String> hierarchies) {}
}
