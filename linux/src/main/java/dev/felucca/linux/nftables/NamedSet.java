package dev.felucca.linux.nftables;

import java.util.List;

/**
 * A set, or a map when it has data.
 *
 * @param key the parts of the key, at least one
 * @param data the parts of the value; none for a set
 */
public record NamedSet(String name, List<DataType> key, List<DataType> data) {
  public NamedSet {
    Names.check(name);
    key = List.copyOf(key);
    data = List.copyOf(data);
    if (key.isEmpty()) {
      throw new IllegalArgumentException("set " + name + " without a key");
    }
  }

  public static NamedSet set(String name, DataType... key) {
    return new NamedSet(name, List.of(key), List.of());
  }

  public static NamedSet map(String name, List<DataType> key, List<DataType> data) {
    return new NamedSet(name, key, data);
  }

  public boolean isMap() {
    return !data.isEmpty();
  }

  DataType[] keyTypes() {
    return key.toArray(DataType[]::new);
  }

  DataType[] dataTypes() {
    return data.toArray(DataType[]::new);
  }
}
