package dev.felucca.shell;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.MountRequest;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What {@code --mount} takes, by the docker CLI's keys. */
final class MountText {
  private final String text;
  private String type = "volume";
  private String source = "";
  private String target = "";
  private boolean readOnly;
  private String propagation = "";
  private String recursive = "enabled";
  private boolean createMountpoint;
  private boolean noCopy;
  private final Map<String, String> labels = new LinkedHashMap<>();
  private String driver = "";
  private final Map<String, String> options = new LinkedHashMap<>();
  private String subpath = "";
  private String imageSubpath = "";
  private @Nullable Long tmpfsSize;
  private @Nullable Integer tmpfsMode;

  private MountText(String text) {
    this.text = text;
    for (String field : text.split(",", -1)) {
      int equals = field.indexOf('=');
      take(
          (equals < 0 ? field : field.substring(0, equals)).toLowerCase(Locale.ROOT),
          equals < 0 ? null : field.substring(equals + 1));
    }
  }

  static MountRequest parse(String text) {
    return new MountText(text).request();
  }

  private void take(String key, @Nullable String value) {
    switch (key) {
      case "readonly", "ro" -> readOnly = flag(value);
      case "volume-nocopy" -> noCopy = flag(value);
      case "bind-nonrecursive" -> recursive = flag(value) ? "disabled" : "enabled";
      case "bind-create-src" -> createMountpoint = flag(value);
      default -> take(key, value == null ? "" : value, value == null);
    }
  }

  private void take(String key, String value, boolean bare) {
    if (bare) {
      throw invalid("must be a key=value pair");
    }
    switch (key) {
      case "type" -> type = value;
      case "source", "src" -> source = value;
      case "target", "dst", "destination" -> target = value;
      case "bind-propagation" -> propagation = value;
      case "bind-recursive" -> recursive = value;
      case "volume-subpath" -> subpath = value;
      case "image-subpath" -> imageSubpath = value;
      case "volume-driver" -> driver = value;
      case "volume-label" -> put(labels, value);
      case "volume-opt" -> put(options, value);
      case "tmpfs-size" -> tmpfsSize = new Bytes().convert(value);
      case "tmpfs-mode" -> tmpfsMode = octal(value);
      default -> throw invalid("unexpected key '" + key + "'");
    }
  }

  private int octal(String value) {
    try {
      return Integer.parseInt(value, 8);
    } catch (NumberFormatException e) {
      throw new EngineException(INVALID, "invalid value for tmpfs-mode: " + value, e);
    }
  }

  private boolean flag(@Nullable String value) {
    return value == null || value.equals("true") || value.equals("1");
  }

  private static void put(Map<String, String> map, String pair) {
    int equals = pair.indexOf('=');
    map.put(
        equals < 0 ? pair : pair.substring(0, equals),
        equals < 0 ? "" : pair.substring(equals + 1));
  }

  private EngineException invalid(String reason) {
    return new EngineException(INVALID, "invalid mount '" + text + "': " + reason);
  }

  private MountRequest request() {
    if (!List.of("enabled", "disabled", "writable", "readonly").contains(recursive)) {
      throw invalid("invalid value for bind-recursive: " + recursive);
    }
    return new MountRequest(
        type,
        source,
        target,
        readOnly,
        "",
        propagation,
        recursive.equals("disabled"),
        createMountpoint,
        recursive.equals("writable"),
        recursive.equals("readonly"),
        noCopy,
        labels,
        driver,
        options,
        subpath,
        imageSubpath,
        tmpfsSize,
        tmpfsMode,
        List.of());
  }
}
