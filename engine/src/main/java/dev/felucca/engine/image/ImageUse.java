package dev.felucca.engine.image;

import static dev.felucca.kernel.EngineException.Kind.UNAVAILABLE;

import dev.felucca.kernel.Digest;
import dev.felucca.kernel.EngineException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.osgi.service.component.annotations.Component;

/**
 * Where those who need images make themselves known, so that neither side must be there first.
 * Nobody is told that an image is unused before they have: an engine that comes serves images
 * before it has read its containers, and one that goes still does when it has let go of them.
 */
@Component(service = ImageUse.class)
public final class ImageUse {
  private static final long PATIENCE = TimeUnit.SECONDS.toNanos(10);
  private final List<ImageUsers> all = new CopyOnWriteArrayList<>();
  private final long patience;

  public ImageUse() {
    this(PATIENCE);
  }

  /** That waits so many nanoseconds. */
  ImageUse(long patience) {
    this.patience = patience;
  }

  /** To be told about from now on. */
  public synchronized void register(ImageUsers users) {
    all.add(users);
    notifyAll();
  }

  public void unregister(ImageUsers users) {
    all.remove(users);
  }

  List<ImageUsers.User> of(Digest id) {
    if (all.isEmpty()) {
      await();
    }
    return all.stream().flatMap(users -> users.of(id).stream()).toList();
  }

  private synchronized void await() {
    long end = System.nanoTime() + patience;
    try {
      while (all.isEmpty()) {
        long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
        if (left <= 0) {
          throw new EngineException(UNAVAILABLE, "it is not known yet which images are in use");
        }
        wait(left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new EngineException(UNAVAILABLE, "interrupted while containers are read", e);
    }
  }
}
