package dev.felucca.isolation.seccomp;

import dev.felucca.isolation.capability.Capabilities;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;

/**
 * What a filter is compiled for.
 *
 * @param capabilities the container's bounding set, which the profile's conditions ask about
 * @param actions what the kernel can do, see {@link #availableActions}
 */
public record SeccompTarget(
    SeccompArch arch, Capabilities capabilities, KernelVersion kernel, Set<SeccompAction> actions) {

  public SeccompTarget {
    actions = Set.copyOf(actions);
  }

  /** This machine, for a container with these capabilities. Read once, then {@link #with}. */
  public static SeccompTarget host(Capabilities capabilities) throws IOException {
    return new SeccompTarget(
        SeccompArch.host(),
        capabilities,
        KernelVersion.running(),
        availableActions(Path.of("/proc/sys/kernel/seccomp/actions_avail")));
  }

  /** The same machine for another container. */
  public SeccompTarget with(Capabilities other) {
    return new SeccompTarget(arch, other, kernel, actions);
  }

  /** The kernel's own list; empty when it was built without seccomp filters. */
  static Set<SeccompAction> availableActions(Path file) throws IOException {
    Set<String> names;
    try {
      names = Set.of(Files.readString(file).trim().split("\\s+"));
    } catch (NoSuchFileException e) {
      return Set.of();
    }
    EnumSet<SeccompAction> actions = EnumSet.noneOf(SeccompAction.class);
    for (SeccompAction each : SeccompAction.values()) {
      if (names.contains(each.kernelName())) actions.add(each);
    }
    return actions;
  }
}
