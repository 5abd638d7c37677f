package dev.felucca.engine.image;

import dev.felucca.kernel.Digest;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.osgi.service.component.annotations.Component;

/** Where those who need images make themselves known, so that neither side must be there first. */
@Component(service = ImageUse.class)
public final class ImageUse {
  private final List<ImageUsers> all = new CopyOnWriteArrayList<>();

  /** To be told about from now on. */
  public void register(ImageUsers users) {
    all.add(users);
  }

  public void unregister(ImageUsers users) {
    all.remove(users);
  }

  List<ImageUsers.User> of(Digest id) {
    return all.stream().flatMap(users -> users.of(id).stream()).toList();
  }
}
