package dev.felucca.linux.layer;

import java.util.ArrayList;
import java.util.List;

/**
 * A name in a layer, brought into shape: relative to the root of the snapshot, without empty,
 * {@code .} and {@code ..} components. An absolute name means the same as a relative one, as in
 * every engine; one that climbs above the root is refused.
 *
 * @param parents the components above the last
 * @param base the last component; empty for the root itself
 */
record EntryPath(List<String> parents, String base) {
  private static final int PATH_MAX = 4096;

  static EntryPath parse(String raw) throws InvalidLayerException {
    if (raw.isEmpty()) {
      throw new InvalidLayerException("tar entry with an empty name");
    }
    if (raw.length() >= PATH_MAX) {
      throw new InvalidLayerException("name of " + raw.length() + " bytes in a layer");
    }
    List<String> components = new ArrayList<>();
    for (int at = 0; at < raw.length(); ) {
      int slash = raw.indexOf('/', at);
      int end = slash < 0 ? raw.length() : slash;
      String component = raw.substring(at, end);
      at = end + 1;
      if (component.equals("..")) {
        if (components.isEmpty()) {
          throw new InvalidLayerException("name leaves the layer: " + RawName.display(raw));
        }
        components.remove(components.size() - 1);
      } else if (!component.isEmpty() && !component.equals(".")) {
        components.add(component);
      }
    }
    if (components.isEmpty()) {
      return new EntryPath(List.of(), "");
    }
    int last = components.size() - 1;
    return new EntryPath(components.subList(0, last), components.get(last));
  }

  boolean isRoot() {
    return base.isEmpty();
  }

  @Override
  public String toString() {
    return RawName.display(String.join("/", parents) + (parents.isEmpty() ? "" : "/") + base);
  }
}
