package dev.felucca.isolation.host;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.isolation.Security;
import dev.felucca.linux.LinuxFiles;
import dev.felucca.linux.cgroup.DeviceRule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/** The device nodes a container has, and which devices its control group may use. */
public final class Devices {
  private static final int S_IFMT = 0170000;
  private static final int S_IFCHR = 0020000;
  private static final int S_IFBLK = 0060000;
  private static final List<String> ALLOWED =
      List.of(
          "c *:* m",
          "b *:* m",
          "c 1:3 rwm",
          "c 1:5 rwm",
          "c 1:7 rwm",
          "c 1:8 rwm",
          "c 1:9 rwm",
          "c 5:0 rwm",
          "c 5:1 rwm",
          "c 5:2 rwm",
          "c 136:* rwm");

  private Devices() {}

  /** The usual nodes, those that were asked for, and every one of the host for the privileged. */
  public static List<DeviceNode> nodes(Security security) throws IOException {
    Map<String, DeviceNode> nodes = new LinkedHashMap<>();
    int[][] usual = {{1, 3}, {1, 5}, {1, 7}, {1, 8}, {1, 9}, {5, 0}};
    String[] names = {"null", "zero", "full", "random", "urandom", "tty"};
    for (int i = 0; i < names.length; i++) {
      String path = "/dev/" + names[i];
      nodes.put(path, new DeviceNode(path, path, S_IFCHR | 0666, usual[i][0], usual[i][1], 0, 0));
    }
    if (security.privileged()) {
      for (DeviceNode node : below(Path.of("/dev"), "/dev")) {
        nodes.putIfAbsent(node.path(), node);
      }
    }
    for (Security.DeviceMapping mapping : security.devices()) {
      for (DeviceNode node : mapped(mapping)) {
        nodes.put(node.path(), node);
      }
    }
    return List.copyOf(nodes.values());
  }

  /** In the order in which they are applied. */
  public static List<DeviceRule> rules(Security security) throws IOException {
    if (security.privileged()) {
      return List.of(DeviceRule.ALLOW_ALL);
    }
    List<DeviceRule> rules = new ArrayList<>();
    rules.add(DeviceRule.DENY_ALL);
    ALLOWED.forEach(text -> rules.add(DeviceRule.parse(true, text)));
    for (Security.DeviceMapping mapping : security.devices()) {
      for (DeviceNode node : mapped(mapping)) {
        rules.add(
            DeviceRule.parse(
                true,
                ((node.mode() & S_IFMT) == S_IFBLK ? "b " : "c ")
                    + (node.major() + ":" + node.minor() + " ")
                    + mapping.cgroupPermissions()));
      }
    }
    for (String text : security.deviceCgroupRules()) {
      try {
        rules.add(DeviceRule.parse(true, text));
      } catch (IllegalArgumentException e) {
        throw new EngineException(EngineException.Kind.INVALID, String.valueOf(e.getMessage()), e);
      }
    }
    return rules;
  }

  private static List<DeviceNode> mapped(Security.DeviceMapping mapping) throws IOException {
    Path host;
    try {
      host = Path.of(mapping.pathOnHost()).toRealPath();
    } catch (NoSuchFileException e) {
      throw refused(mapping, "no such file or directory");
    }
    List<DeviceNode> nodes =
        Files.isDirectory(host)
            ? below(host, mapping.pathInContainer())
            : node(host, mapping.pathInContainer()).toList();
    if (nodes.isEmpty()) {
      throw refused(mapping, "not a device node");
    }
    return nodes;
  }

  private static EngineException refused(Security.DeviceMapping mapping, String why) {
    return new EngineException(
        EngineException.Kind.INVALID,
        "error gathering device information while adding custom device \""
            + mapping.pathOnHost()
            + "\": "
            + why);
  }

  private static List<DeviceNode> below(Path directory, String inside) throws IOException {
    List<DeviceNode> nodes = new ArrayList<>();
    try (Stream<Path> entries = Files.list(directory)) {
      for (Path entry : entries.sorted().toList()) {
        String name = entry.getFileName().toString();
        // Of its own in every container: mounts, and what leads to them.
        if (List.of("pts", "ptmx", "shm", "mqueue", "fd", "console", ".lxc").contains(name)) {
          continue;
        }
        if (Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
          nodes.addAll(below(entry, inside + "/" + name));
        } else {
          node(entry, inside + "/" + name).forEach(nodes::add);
        }
      }
    }
    return nodes;
  }

  private static Stream<DeviceNode> node(Path host, String inside) throws IOException {
    Map<String, Object> facts;
    try {
      facts = Files.readAttributes(host, "unix:mode,rdev,uid,gid", LinkOption.NOFOLLOW_LINKS);
    } catch (NoSuchFileException e) {
      return Stream.empty();
    }
    int mode = number(facts, "mode").intValue();
    if ((mode & S_IFMT) != S_IFCHR && (mode & S_IFMT) != S_IFBLK) {
      return Stream.empty();
    }
    long device = number(facts, "rdev").longValue();
    return Stream.of(
        new DeviceNode(
            inside,
            host.toString(),
            mode,
            LinuxFiles.major(device),
            LinuxFiles.minor(device),
            number(facts, "uid").intValue(),
            number(facts, "gid").intValue()));
  }

  private static Number number(Map<String, Object> facts, String name) {
    return (Number) Objects.requireNonNull(facts.get(name), name);
  }
}
