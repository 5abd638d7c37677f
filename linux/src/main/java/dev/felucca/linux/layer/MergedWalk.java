package dev.felucca.linux.layer;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.SortedMap;

/** Tells a sink every file of a {@link MergedTree}, however deep it is. */
final class MergedWalk {
  private final RawFiles files;
  private final RawXattrs xattrs;
  private final MergedTree tree;
  private final ChangeSink sink;

  MergedWalk(RawFiles files, MergedTree tree, ChangeSink sink) {
    this.files = files;
    this.xattrs = new RawXattrs(files);
    this.tree = tree;
    this.sink = sink;
  }

  private record Level(String prefix, Iterator<String> names) {}

  void run() throws IOException {
    Deque<Level> levels = new ArrayDeque<>();
    levels.push(new Level("", tree.names().iterator()));
    while (!levels.isEmpty()) {
      Level level = levels.peek();
      if (!level.names().hasNext()) {
        levels.pop();
        if (!levels.isEmpty()) {
          tree.up();
        }
        continue;
      }
      String name = level.names().next();
      MergedTree.Found found = tree.find(name);
      if (found == null) {
        continue; // gone since the directory was read
      }
      String path = level.prefix() + name;
      SortedMap<String, byte[]> attributes =
          Trees.xattrs(files, xattrs, found.directory(), name, found.stat());
      sink.present(found.directory(), name, path, found.stat(), attributes, false);
      if (found.stat().isDirectory()) {
        tree.down(name);
        levels.push(new Level(path + "/", tree.names().iterator()));
      }
    }
  }
}
