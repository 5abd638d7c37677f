package dev.felucca.linux.layer;

import dev.felucca.linux.SyscallException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What overlay would show of a stack of layers, read without mounting them; it stands at one
 * directory at a time, beginning at the root.
 */
final class MergedTree implements AutoCloseable {
  private final RawFiles files;
  private final RawXattrs xattrs;
  private final List<TreeCursor> layers = new ArrayList<>();

  /** {@code roots} from the uppermost layer down. */
  MergedTree(RawFiles files, List<Path> roots) throws SyscallException {
    this.files = files;
    this.xattrs = new RawXattrs(files);
    try {
      for (Path root : roots) {
        layers.add(new TreeCursor(files, files.openRoot(root)));
      }
    } catch (SyscallException e) {
      close();
      throw e;
    }
  }

  /** A file that is to be seen, and the open directory that holds it. */
  record Found(int directory, FileStat stat) {}

  @Nullable Found find(String name) throws SyscallException {
    for (TreeCursor layer : layers) {
      if (layer.present()) {
        FileStat stat = files.stat(layer.fd(), name);
        if (stat != null) {
          return stat.isWhiteout() ? null : new Found(layer.fd(), stat);
        }
      }
    }
    return null;
  }

  void down(String name) throws SyscallException {
    boolean hidden = false;
    for (TreeCursor layer : layers) {
      FileStat stat = hidden || !layer.present() ? null : files.stat(layer.fd(), name);
      if (stat == null) {
        layer.downBlind();
      } else if (stat.isDirectory()) {
        layer.down(name);
        hidden = xattrs.opaque(layer.fd());
      } else {
        layer.downBlind();
        hidden = true;
      }
    }
  }

  void up() throws SyscallException {
    for (TreeCursor layer : layers) {
      layer.up();
    }
  }

  /** The uppermost layer's own directory for this place, or -1 when there is no such directory. */
  int top() {
    for (TreeCursor layer : layers) {
      if (layer.present()) {
        return layer.fd();
      }
    }
    return -1;
  }

  /** The names to be seen in this directory. */
  Iterable<String> names() throws SyscallException {
    TreeSet<String> seen = new TreeSet<>();
    for (TreeCursor layer : layers) {
      if (layer.present()) {
        seen.addAll(files.list(layer.fd()));
      }
    }
    List<String> shown = new ArrayList<>();
    for (String name : seen) {
      if (find(name) != null) {
        shown.add(name);
      }
    }
    return shown;
  }

  @Override
  public void close() {
    layers.forEach(TreeCursor::close);
  }
}
