package dev.felucca.linux.layer;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** The differences that overlay's upper directory holds. */
final class OverlayChanges {
  private OverlayChanges() {}

  /** {@code lowers} from the uppermost down; when empty, everything is as good as new. */
  static void read(RawFiles files, Path upper, List<Path> lowers, ChangeSink sink)
      throws IOException {
    RawXattrs xattrs = new RawXattrs(files);
    int root = files.openRoot(upper);
    try (MergedTree below = new MergedTree(files, lowers)) {
      TreeWalk walk = new TreeWalk(files);
      walk.walk(
          root,
          new TreeWalk.Visitor() {
            @Override
            public boolean visit(int directory, String name, FileStat stat) throws IOException {
              String path = walk.path();
              if (stat.isWhiteout()) {
                sink.removed(path);
                return false;
              }
              boolean known = below.find(name) != null;
              var attributes = Trees.xattrs(files, xattrs, directory, name, stat);
              sink.present(directory, name, path, stat, attributes, known);
              if (stat.isDirectory()) {
                below.down(name);
                byte[] opaque = xattrs.get(directory, name, RawXattrs.OPAQUE);
                if (opaque != null && opaque.length == 1 && opaque[0] == 'y') {
                  sink.opaque(path);
                  gone(directory, name, path);
                }
              }
              return true;
            }

            private void gone(int directory, String name, String path) throws IOException {
              int fd = files.openDirectory(directory, name);
              try {
                for (String old : below.names()) {
                  FileStat now = files.stat(fd, old);
                  if (now == null) {
                    sink.removed(path + "/" + old);
                  }
                }
              } finally {
                files.close(fd);
              }
            }

            @Override
            public void leave(int directory, String name) throws IOException {
              below.up();
            }
          });
    } finally {
      files.close(root);
    }
  }
}
