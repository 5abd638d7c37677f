package dev.felucca.shell;

import java.lang.reflect.RecordComponent;
import java.util.Collection;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Records as indented text: a component a line, what is inside a component two spaces further in.
 */
final class Records {
  private Records() {}

  static String show(Object value) {
    StringBuilder out = new StringBuilder();
    append(value, "", out);
    return out.toString().strip();
  }

  private static void append(@Nullable Object value, String indent, StringBuilder out) {
    if (value instanceof Record held && held.getClass().getRecordComponents().length > 1) {
      for (RecordComponent component : held.getClass().getRecordComponents()) {
        field(component.getName(), read(component, held), indent, out);
      }
    } else if (value instanceof Map<?, ?> map) {
      map.forEach((key, item) -> field(String.valueOf(key), item, indent, out));
    } else if (value instanceof Collection<?> items) {
      for (Object item : items) {
        field("-", item, indent, out);
      }
    } else {
      out.append(indent).append(value).append('\n');
    }
  }

  private static void field(String name, @Nullable Object value, String indent, StringBuilder out) {
    boolean nested =
        (value instanceof Record held && held.getClass().getRecordComponents().length > 1)
            || (value instanceof Map<?, ?> map && !map.isEmpty())
            || (value instanceof Collection<?> items && !items.isEmpty());
    out.append(indent).append(name).append(name.equals("-") ? "" : ":");
    if (nested) {
      out.append('\n');
      append(value, indent + "  ", out);
    } else {
      out.append(' ').append(value).append('\n');
    }
  }

  private static @Nullable Object read(RecordComponent component, Record held) {
    try {
      return component.getAccessor().invoke(held);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(
          "reading " + component.getName() + " of " + held.getClass(), e);
    }
  }
}
