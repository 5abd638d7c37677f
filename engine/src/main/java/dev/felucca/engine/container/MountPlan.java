package dev.felucca.engine.container;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.ContainerConfig;
import dev.felucca.kernel.container.HostConfig;
import dev.felucca.kernel.container.MountPoint;
import dev.felucca.kernel.volume.VolumeRequest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Decides at creation what is to be mounted where: binds, tmpfs, volumes and images. */
final class MountPlan {
  /** How Docker shows a volume that was asked for by name. */
  static final String NAMED = "z";

  /** A bind's when nothing is said. */
  static final String PROPAGATION = "rprivate";

  private final String volumeDriver;
  private final Map<String, PlannedMount> byTarget = new LinkedHashMap<>();
  private final Set<String> inherited = new HashSet<>();

  private MountPlan(String volumeDriver) {
    this.volumeDriver = volumeDriver;
  }

  /**
   * Parents before what is mounted on them.
   *
   * @param from what is taken over from other containers; anything else at the same place wins
   */
  static List<PlannedMount> decide(
      ContainerConfig config, HostConfig host, Collection<MountPoint> from) {
    MountPlan plan = new MountPlan(host.volumeDriver());
    from.forEach(plan::inherit);
    host.binds().forEach(plan::bind);
    host.mounts().forEach(request -> plan.add(MountForm.parse(request)));
    new TreeMap<>(host.tmpfs()).forEach(plan::tmpfs);
    config.volumes().stream().sorted().forEach(plan::declared);
    return inOrder(plan.byTarget.values());
  }

  private static List<PlannedMount> inOrder(Collection<PlannedMount> mounts) {
    List<PlannedMount> all = new ArrayList<>(mounts);
    all.sort(Comparator.comparingInt(mount -> depth(mount.target())));
    return all;
  }

  /** How far down a place is: what is mounted further up goes before. */
  static int depth(String path) {
    return Path.of(path).getNameCount();
  }

  private void inherit(MountPoint mount) {
    PlannedMount taken =
        mount.type().equals("volume")
            ? PlannedMount.volume(
                new VolumeRequest(mount.name(), mount.driver(), Map.of(), Map.of()), mount, false)
            : PlannedMount.of(mount);
    byTarget.put(mount.destination(), taken);
    inherited.add(mount.destination());
  }

  private void add(PlannedMount mount) {
    boolean taken = byTarget.containsKey(mount.target()) && !inherited.remove(mount.target());
    if (taken) {
      throw duplicate(mount.target());
    }
    byTarget.put(mount.target(), mount);
  }

  static EngineException duplicate(String target) {
    return new EngineException(INVALID, "Duplicate mount point: " + target);
  }

  private void bind(String text) {
    if (text.indexOf(':') < 0) {
      unnamed(text);
    } else {
      add(BindText.parse(text, volumeDriver));
    }
  }

  private void tmpfs(String target, String options) {
    List<String> words = List.of(options.split(",", -1));
    TmpfsWords.check(words);
    add(
        PlannedMount.of(
            new MountPoint(
                "tmpfs",
                "",
                "",
                MountTarget.of(target, target),
                "",
                options,
                !words.contains("ro"),
                "")));
  }

  /**
   * Of an image, or of a client that takes {@code x:/x} for a place on a drive {@code x}: what does
   * not begin at the root is taken from there, as Docker takes it.
   */
  private void declared(String volume) {
    unnamed(volume.startsWith("/") ? volume : "/" + volume);
  }

  private void unnamed(String volume) {
    String target = MountTarget.of(volume, volume);
    if (!byTarget.containsKey(target)) {
      add(
          PlannedMount.volume(
              new VolumeRequest("", volumeDriver, Map.of(), Map.of()),
              new MountPoint("volume", "", "", target, "", "", true, ""),
              true));
    }
  }
}
