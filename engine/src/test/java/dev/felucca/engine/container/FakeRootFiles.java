package dev.felucca.engine.container;

import static dev.felucca.kernel.EngineException.Kind.INVALID;
import static dev.felucca.kernel.EngineException.Kind.NOT_FOUND;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.storage.Mount;
import dev.felucca.kernel.storage.PathStat;
import dev.felucca.kernel.storage.RootFiles;
import dev.felucca.kernel.storage.RootView;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Remembers which places of images were to be copied to where. */
final class FakeRootFiles implements RootFiles {
  final List<String> copied = new CopyOnWriteArrayList<>();

  @Override
  public String name() {
    return "linux";
  }

  @Override
  public boolean copyOut(List<Mount> root, String path, Path target, String below) {
    copied.add(path + " to " + target.getParent().getFileName() + "/" + target.getFileName());
    return true;
  }

  @Override
  public boolean isDirectory(List<Mount> root, String below) {
    if (below.equals("none")) {
      throw new EngineException(NOT_FOUND, below);
    }
    if (below.equals("out")) {
      throw new EngineException(INVALID, below);
    }
    return true;
  }

  @Override
  public PathStat stat(RootView view, String path) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void get(RootView view, String path, String as, Receiver receiver) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void put(RootView view, String path, InputStream tar, boolean keepKinds) {
    throw new UnsupportedOperationException();
  }
}
