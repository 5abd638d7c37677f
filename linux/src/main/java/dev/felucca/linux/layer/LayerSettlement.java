package dev.felucca.linux.layer;

import dev.felucca.linux.SyscallException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Puts a layer that was unpacked by itself on its lower layers: directories it only implied become
 * what they are below, hard links find their files. What below is a symbolic link where this layer
 * implied a directory is followed, as if the layer had been unpacked in place.
 */
final class LayerSettlement {
  private static final int LINKS_MAX = 40;

  private final RawFiles files;
  private final List<Path> lowers;
  private final int upper;

  private LayerSettlement(RawFiles files, int upper, List<Path> lowers) {
    this.files = files;
    this.upper = upper;
    this.lowers = lowers;
  }

  static void settle(
      RawFiles files,
      Path upper,
      List<Path> lowers,
      List<String> implied,
      List<AppliedLayer.PendingLink> links)
      throws IOException {
    int root = files.openRoot(upper);
    try {
      LayerSettlement settlement = new LayerSettlement(files, root, lowers);
      for (String directory : implied) {
        settlement.implied(directory);
      }
      for (AppliedLayer.PendingLink link : links) {
        settlement.link(link);
      }
      // Copies into directories have changed their times.
      for (String directory : implied) {
        settlement.attributes(directory);
      }
    } finally {
      files.close(root);
    }
  }

  private void implied(String path) throws IOException {
    if (path.isEmpty()) {
      return;
    }
    try (MergedTree below = new MergedTree(files, lowers)) {
      List<String> names = List.of(path.split("/"));
      String base = names.get(names.size() - 1);
      for (String name : names.subList(0, names.size() - 1)) {
        below.down(name);
      }
      MergedTree.Found found = below.find(base);
      if (found == null || !found.stat().isSymlink()) {
        return;
      }
      List<String> target = resolve(names);
      if (target == null) {
        return;
      }
      try (DirectoryStack from = new DirectoryStack(files, upper);
          DirectoryStack to = new DirectoryStack(files, upper)) {
        if (!from.enter(names.subList(0, names.size() - 1), (at, name, none) -> false)) {
          return;
        }
        FileStat stat = files.stat(from.fd(), base);
        if (stat != null && stat.isDirectory() && to.enter(target, this::makeLikeBelow)) {
          merge(from, base, to);
          files.ok(files.tryUnlink(from.fd(), base, true), "remove", base);
        }
      }
    }
  }

  /** Where the names lead below, links followed inside the root; null when to no directory. */
  private @Nullable List<String> resolve(List<String> names) throws IOException {
    List<String> ahead = new ArrayList<>(names);
    List<String> real = new ArrayList<>();
    int links = 0;
    try (MergedTree below = new MergedTree(files, lowers)) {
      while (!ahead.isEmpty()) {
        String name = ahead.remove(0);
        if (name.isEmpty() || name.equals(".")) {
          continue;
        }
        if (name.equals("..")) {
          if (!real.isEmpty()) {
            below.up();
            real.remove(real.size() - 1);
          }
          continue;
        }
        MergedTree.Found found = below.find(name);
        if (found == null || !found.stat().isDirectory() && !found.stat().isSymlink()) {
          return null;
        }
        if (found.stat().isDirectory()) {
          below.down(name);
          real.add(name);
          continue;
        }
        if (++links > LINKS_MAX) {
          return null;
        }
        String target = files.readlink(found.directory(), name);
        if (target.startsWith("/")) {
          for (; !real.isEmpty(); real.remove(real.size() - 1)) {
            below.up();
          }
        }
        ahead.addAll(0, List.of(target.split("/")));
      }
    }
    return real;
  }

  private boolean makeLikeBelow(DirectoryStack at, String name, @Nullable FileStat found)
      throws SyscallException {
    if (found != null) {
      return false;
    }
    files.ok(files.tryMkdir(at.fd(), name, 0755), "make directory", name);
    try (MergedTree below = new MergedTree(files, lowers)) {
      for (String above : at.names()) {
        below.down(above);
      }
      below.down(name);
      int source = below.top();
      if (source >= 0) {
        int made = files.openDirectory(at.fd(), name);
        try {
          TreeCopy.attributes(files, source, made);
        } finally {
          files.close(made);
        }
      }
    }
    return true;
  }

  /** Moves all that is in {@code from/base} to where {@code to} is. */
  private void merge(DirectoryStack from, String base, DirectoryStack to) throws IOException {
    from.push(base);
    for (String name : files.list(from.fd())) {
      FileStat moved = files.stat(from.fd(), name);
      FileStat there = files.stat(to.fd(), name);
      if (moved != null && moved.isDirectory() && there != null && there.isDirectory()) {
        to.push(name);
        merge(from, name, to);
        to.up();
        files.ok(files.tryUnlink(from.fd(), name, true), "remove", name);
        continue;
      }
      if (there != null) {
        new TreeRemoval(files).remove(to.fd(), name);
      }
      files.ok(files.tryRename(from.fd(), name, to.fd(), name), "move", name);
    }
    from.up();
  }

  private void attributes(String path) throws IOException {
    List<String> names = path.isEmpty() ? List.of() : List.of(path.split("/"));
    if (!attributes(names)) {
      // It was moved to where a link below leads.
      List<String> real = resolve(names);
      if (real != null) {
        attributes(real);
      }
    }
  }

  private boolean attributes(List<String> names) throws IOException {
    try (DirectoryStack here = new DirectoryStack(files, upper);
        MergedTree below = new MergedTree(files, lowers)) {
      if (!here.enter(names, (at, name, found) -> false)) {
        return false;
      }
      for (String name : names) {
        below.down(name);
      }
      int source = below.top();
      if (source >= 0) {
        TreeCopy.attributes(files, source, here.fd());
      }
      return true;
    }
  }

  private void link(AppliedLayer.PendingLink link) throws IOException {
    List<String> names = List.of(link.path().split("/"));
    List<String> targets = List.of(link.target().split("/"));
    String base = names.get(names.size() - 1);
    String targetBase = targets.get(targets.size() - 1);
    try (DirectoryStack here = new DirectoryStack(files, upper);
        DirectoryStack there = new DirectoryStack(files, upper);
        MergedTree below = new MergedTree(files, lowers)) {
      if (!here.enter(names.subList(0, names.size() - 1), this::makeLikeBelow)) {
        throw new InvalidLayerException("no way to hard link " + RawName.display(link.path()));
      }
      FileStat taken = files.stat(here.fd(), base);
      if (taken != null && !taken.isWhiteout()) {
        return;
      }
      List<String> above = resolve(targets.subList(0, targets.size() - 1));
      List<String> way = above == null ? targets.subList(0, targets.size() - 1) : above;
      for (String name : way) {
        below.down(name);
      }
      boolean reached = there.enter(way, this::makeLikeBelow);
      FileStat present = reached ? files.stat(there.fd(), targetBase) : null;
      MergedTree.Found found = below.find(targetBase);
      if (present == null || present.isWhiteout()) {
        if (!reached || found == null || found.stat().isDirectory()) {
          throw new InvalidLayerException(
              "hard link %s to a file that is not there: %s"
                  .formatted(RawName.display(link.path()), RawName.display(link.target())));
        }
        boolean gone = present != null;
        if (gone) {
          // The layer hides the old name and keeps the file under the new one.
          copyTo(here, base, taken, found, targetBase);
          return;
        }
        TreeCopy.copyFile(
            files, found.directory(), targetBase, found.stat(), there.fd(), targetBase);
      }
      if (taken != null) {
        files.ok(files.tryUnlink(here.fd(), base, false), "remove", base);
      }
      files.ok(files.tryLink(there.fd(), targetBase, here.fd(), base), "link", base);
    }
  }

  private void copyTo(
      DirectoryStack here,
      String base,
      @Nullable FileStat taken,
      MergedTree.Found found,
      String name)
      throws IOException {
    if (taken != null) {
      files.ok(files.tryUnlink(here.fd(), base, false), "remove", base);
    }
    TreeCopy.copyFile(files, found.directory(), name, found.stat(), here.fd(), base);
  }
}
