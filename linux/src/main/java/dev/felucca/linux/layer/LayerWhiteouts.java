package dev.felucca.linux.layer;

import dev.felucca.linux.Errno;
import dev.felucca.linux.SyscallException;
import java.io.IOException;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;

/**
 * Does as a layer's whiteouts say, which speak of the layers below and never of the layer itself,
 * wherever in the tar they stand.
 */
final class LayerWhiteouts {
  private final RawFiles files;
  private final RawXattrs xattrs;
  private final TreeRemoval removal;
  private final DirectoryStack here;
  private final DirectoryStack there;
  private final boolean keeping;
  private final Set<String> implied;

  /** What this layer made; known only where the layers below are in the same tree. */
  private final NavigableSet<String> own = new TreeSet<>();

  private final PathBudget budget;

  private boolean opaqueRoot;

  /** {@code implied} is shared with whoever unpacks: a directory made anew is not implied. */
  LayerWhiteouts(
      RawFiles files,
      DirectoryStack here,
      DirectoryStack there,
      Whiteouts whiteouts,
      Set<String> implied,
      PathBudget budget) {
    this.files = files;
    this.xattrs = new RawXattrs(files);
    this.removal = new TreeRemoval(files);
    this.here = here;
    this.there = there;
    this.keeping = whiteouts == Whiteouts.KEPT;
    this.implied = implied;
    this.budget = budget;
  }

  /** Whether all the layers below are hidden, as only a list of layers can tell. */
  boolean opaqueRoot() {
    return opaqueRoot;
  }

  /** Notes that a file in the directory at hand is this layer's own. */
  void mine(String base) throws InvalidLayerException {
    if (!keeping && own.add(here.path(base))) {
      budget.take(here.path(base));
      // The directories above are this layer's as well, or an opaque marker would take them away.
      String above = here.path("");
      for (int slash = above.lastIndexOf('/');
          slash > 0;
          slash = above.lastIndexOf('/', slash - 1)) {
        if (!own.add(above.substring(0, slash))) {
          break;
        }
        budget.take(above.substring(0, slash));
      }
    }
  }

  /** Notes that a directory, real path given, is this layer's own. */
  void mineAt(String path) throws InvalidLayerException {
    if (!keeping && own.add(path)) {
      budget.take(path);
    }
  }

  /** Forgets a directory that was removed, and all that was in it. */
  void forget(String directory) {
    own.remove(directory);
    own.subSet(directory + "/", directory + TreeWriter.AFTER_SLASH).clear();
  }

  /** A whiteout: what the layers below have under that name is gone, what this one has stays. */
  void hide(String name) throws IOException {
    if (name.isEmpty() || name.equals(".") || name.equals("..")) {
      throw new InvalidLayerException("whiteout of \"" + here.display(name) + "\"");
    }
    FileStat found = files.stat(here.fd(), name);
    if (keeping) {
      if (found == null) {
        long made = files.tryMknod(here.fd(), name, FileStat.CHARACTER, 0, 0);
        files.ok(made, "make whiteout", name);
      } else if (found.isDirectory()) {
        setOpaqueBelow(name);
      }
    } else if (found != null && !own.contains(here.path(name))) {
      removal.remove(here.fd(), name);
      there.reset();
      forget(here.path(name));
    } else if (found != null && found.isDirectory()) {
      here.push(name);
      removeForeign();
      here.up();
    }
  }

  private void setOpaqueBelow(String name) throws IOException {
    int fd = files.openDirectory(here.fd(), name);
    try {
      setOpaque(fd);
    } finally {
      files.close(fd);
    }
    implied.remove(here.path(name));
  }

  void setOpaque(int fd) throws SyscallException {
    if (!xattrs.set(fd, RawXattrs.OPAQUE, new byte[] {'y'})) {
      throw new SyscallException("set " + RawXattrs.OPAQUE, Errno.EOPNOTSUPP);
    }
  }

  /** All the layers below have in this directory is gone. */
  void opaque() throws IOException {
    if (!keeping) {
      removeForeign();
    } else if (here.names().isEmpty()) {
      // Overlay merges the roots whatever they say: whoever lists the layers must stop here.
      opaqueRoot = true;
    } else {
      setOpaque(here.fd());
      implied.remove(String.join("/", here.names()));
    }
  }

  /** Removes what is not of this layer in the directory at hand and below. */
  private void removeForeign() throws IOException {
    for (String name : files.list(here.fd())) {
      FileStat found = files.stat(here.fd(), name);
      if (found != null && !own.contains(here.path(name))) {
        removal.remove(here.fd(), name);
        there.reset();
      } else if (found != null && found.isDirectory()) {
        here.push(name);
        removeForeign();
        here.up();
      }
    }
  }
}
