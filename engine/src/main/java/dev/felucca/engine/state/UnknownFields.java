package dev.felucca.engine.state;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.reflect.RecordComponent;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a newer engine wrote into a file that this one rewrites: fields that aren't components of
 * the record, in it and in the records it holds directly. Those inside lists and maps are not
 * followed: their elements have no identity to put them back to.
 */
final class UnknownFields {
  private UnknownFields() {}

  /** The part of {@code tree} that {@code type} doesn't know, or null when it knows all. */
  static @Nullable ObjectNode of(ObjectNode tree, Class<?> type) {
    Map<String, Class<?>> known = new TreeMap<>();
    for (RecordComponent component : type.getRecordComponents()) {
      known.put(component.getName(), component.getType());
    }
    ObjectNode unknown = tree.objectNode();
    for (Map.Entry<String, JsonNode> field : tree.properties()) {
      Class<?> inner = known.get(field.getKey());
      if (inner == null) {
        unknown.set(field.getKey(), field.getValue());
      } else if (inner.isRecord() && field.getValue() instanceof ObjectNode object) {
        ObjectNode deeper = of(object, inner);
        if (deeper != null) {
          unknown.set(field.getKey(), deeper);
        }
      }
    }
    return unknown.isEmpty() ? null : unknown;
  }

  /** Puts them back; what is there already stays. */
  static void restore(ObjectNode tree, ObjectNode unknown) {
    for (Map.Entry<String, JsonNode> field : unknown.properties()) {
      JsonNode here = tree.get(field.getKey());
      if (here == null) {
        tree.set(field.getKey(), field.getValue());
      } else if (here instanceof ObjectNode object && field.getValue() instanceof ObjectNode more) {
        restore(object, more);
      }
    }
  }
}
