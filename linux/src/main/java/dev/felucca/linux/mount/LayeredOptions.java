package dev.felucca.linux.mount;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Overlay's options with absolute paths, and a {@code lowerdir+} for each lower layer. */
final class LayeredOptions {
  static final String LAYER = "lowerdir+";

  private LayeredOptions() {}

  static List<String> absolute(List<String> data, @Nullable Path base) {
    List<String> words = new ArrayList<>();
    for (String word : data) {
      int equals = word.indexOf('=');
      String key = equals < 0 ? word : word.substring(0, equals);
      switch (key) {
        case "lowerdir" -> {
          for (String layer : word.substring(equals + 1).split(":")) {
            words.add(LAYER + "=" + at(base, layer));
          }
        }
        case "upperdir", "workdir" -> words.add(key + "=" + at(base, word.substring(equals + 1)));
        default -> words.add(word);
      }
    }
    return words;
  }

  private static String at(@Nullable Path base, String path) {
    return base == null ? path : base.resolve(path).toString();
  }
}
