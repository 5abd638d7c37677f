package dev.felucca.rest.json;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.felucca.kernel.EngineException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads an object as Go does: names without regard to case, unknown fields ignored, null the same
 * as absent. What has another type than the field is INVALID, in Go's words, and so is a NUL.
 */
public final class JsonIn {
  private static final Pattern NO_KEY =
      Pattern.compile("Unexpected character \\('(.)' .*double-quote to start field name");

  private static final ObjectMapper MAPPER =
      new ObjectMapper(
          new JsonFactoryBuilder()
              .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(64).build())
              .build());
  private final Map<String, JsonNode> fields = new HashMap<>();

  private JsonIn(JsonNode object) {
    for (Map.Entry<String, JsonNode> field : object.properties()) {
      if (!field.getValue().isNull()) {
        fields.put(field.getKey().toLowerCase(Locale.ROOT), field.getValue());
      }
    }
  }

  /** Reads a whole document; an empty one is an empty object. */
  public static JsonIn parse(byte[] body) {
    if (body.length == 0) {
      return new JsonIn(MAPPER.createObjectNode());
    }
    try (JsonParser parser = MAPPER.createParser(body)) {
      JsonNode node = parser.nextToken() == null ? null : MAPPER.readTree(parser);
      if (node == null || node.isMissingNode()) {
        throw new EngineException(INVALID, "invalid JSON: got EOF while reading request body");
      }
      refuseMore(parser);
      if (hasNul(node)) {
        throw new EngineException(INVALID, "invalid JSON: text with a NUL in it");
      }
      if (node.isNull()) {
        return new JsonIn(MAPPER.createObjectNode());
      }
      if (!(node instanceof ObjectNode)) {
        throw mismatch("", node, "object");
      }
      return new JsonIn(node);
    } catch (JsonEOFException e) {
      throw new EngineException(INVALID, "invalid JSON: unexpected EOF", e);
    } catch (StreamConstraintsException e) {
      throw new EngineException(
          INVALID, "invalid JSON: it is nested too deeply, or a name or number is too long", e);
    } catch (JacksonException e) {
      throw new EngineException(INVALID, "invalid JSON: " + words(e), e);
    } catch (IOException e) {
      throw new EngineException(INVALID, "invalid JSON: " + e.getMessage(), e);
    }
  }

  private static void refuseMore(JsonParser parser) throws IOException {
    try {
      if (parser.nextToken() == null) {
        return;
      }
    } catch (JacksonException e) {
      throw new EngineException(INVALID, "unexpected content after JSON", e);
    }
    throw new EngineException(INVALID, "unexpected content after JSON");
  }

  /** What comes of it is the kernel's in the end, to whom text ends there. */
  private static boolean hasNul(JsonNode node) {
    if (node.isTextual()) {
      return node.textValue().indexOf('\0') >= 0;
    }
    for (Map.Entry<String, JsonNode> field : node.properties()) {
      if (field.getKey().indexOf('\0') >= 0) {
        return true;
      }
    }
    for (JsonNode each : node) {
      if (hasNul(each)) {
        return true;
      }
    }
    return false;
  }

  /** Go's words for the fault people make; the parser's own for the others. */
  private static String words(JacksonException fault) {
    String own = fault.getOriginalMessage();
    Matcher odd = NO_KEY.matcher(own);
    return odd.lookingAt()
        ? "invalid character '" + odd.group(1) + "' looking for beginning of object key string"
        : own;
  }

  public boolean has(String name) {
    return get(name) != null;
  }

  /** True for an empty string, list or object. */
  public boolean isEmptyValue(String name) {
    JsonNode node = get(name);
    return node != null
        && (node.isTextual()
            ? node.textValue().isEmpty()
            : node.isContainerNode() && node.isEmpty());
  }

  public boolean isEmpty() {
    return fields.isEmpty();
  }

  public String text(String name) {
    String value = textOrNull(name);
    return value == null ? "" : value;
  }

  public @Nullable String textOrNull(String name) {
    JsonNode node = get(name);
    return node == null ? null : string(name, node);
  }

  public boolean flag(String name) {
    return Boolean.TRUE.equals(flagOrNull(name));
  }

  public @Nullable Boolean flagOrNull(String name) {
    JsonNode node = get(name);
    if (node == null) {
      return null;
    }
    if (!node.isBoolean()) {
      throw mismatch(name, node, "bool");
    }
    return node.booleanValue();
  }

  public @Nullable Long numberOrNull(String name) {
    JsonNode node = get(name);
    return node == null ? null : number(name, node);
  }

  public long number(String name) {
    Long value = numberOrNull(name);
    return value == null ? 0 : value;
  }

  /** What Go has as unsigned: from 0 on. */
  public long count(String name, long most) {
    JsonNode node = get(name);
    long value = node == null ? 0 : number(name, node);
    if (node != null && (value < 0 || value > most)) {
      throw mismatch(name, node, "uint");
    }
    return value;
  }

  public @Nullable Integer intOrNull(String name) {
    JsonNode node = get(name);
    if (node == null) {
      return null;
    }
    long value = number(name, node);
    if (value != (int) value) {
      throw mismatch(name, node, "int");
    }
    return (int) value;
  }

  public int integer(String name) {
    Integer value = intOrNull(name);
    return value == null ? 0 : value;
  }

  public List<String> texts(String name) {
    List<String> values = textsOrNull(name);
    return values == null ? List.of() : values;
  }

  /** A list, or one string that stands for a list of one. */
  public @Nullable List<String> textsOrNull(String name) {
    JsonNode node = get(name);
    if (node == null) {
      return null;
    }
    if (node.isTextual()) {
      return List.of(node.textValue());
    }
    return list(name, item -> item.isNull() ? "" : string(name, item));
  }

  /** A list of lists of strings. */
  public List<List<String>> textLists(String name) {
    return list(
        name,
        row -> {
          if (!row.isArray()) {
            throw mismatch(name, row, "[]string");
          }
          List<String> items = new ArrayList<>();
          row.forEach(item -> items.add(string(name, item)));
          return items;
        });
  }

  public List<Long> numbers(String name) {
    return list(name, item -> number(name, item));
  }

  public Map<String, String> map(String name) {
    return entries(name, value -> value.isNull() ? "" : string(name, value));
  }

  public Set<String> keys(String name) {
    return new LinkedHashSet<>(entries(name, value -> value).keySet());
  }

  /** The object there, or an empty one. */
  public JsonIn object(String name) {
    JsonNode node = get(name);
    return node == null ? new JsonIn(MAPPER.createObjectNode()) : in(name, node);
  }

  public <T> List<T> objects(String name, Function<JsonIn, T> each) {
    return list(name, item -> each.apply(in(name, item)));
  }

  public <T> Map<String, T> objectMap(String name, Function<JsonIn, T> each) {
    return entries(
        name,
        value ->
            each.apply(value.isNull() ? new JsonIn(MAPPER.createObjectNode()) : in(name, value)));
  }

  public <T> Map<String, List<T>> listMap(String name, Function<JsonIn, T> each) {
    return entries(
        name,
        value -> {
          if (!value.isNull() && !value.isArray()) {
            throw mismatch(name, value, "array");
          }
          List<T> items = new ArrayList<>();
          value.forEach(item -> items.add(each.apply(in(name, item))));
          return items;
        });
  }

  /**
   * Docker's filters: {@code {"status":["running"]}} or, from old clients, {@code
   * {"status":{"running":true}}}.
   */
  public static Map<String, List<String>> filters(@Nullable String text) {
    if (text == null || text.isEmpty()) {
      return Map.of();
    }
    JsonIn in;
    try {
      in = parse(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    } catch (EngineException e) {
      throw new EngineException(INVALID, "invalid filter", e);
    }
    Map<String, List<String>> filters = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> field : in.fields.entrySet()) {
      List<String> values = new ArrayList<>();
      if (field.getValue().isArray()) {
        field.getValue().forEach(value -> values.add(value.asText()));
      } else if (field.getValue().isObject()) {
        field.getValue().properties().stream()
            .filter(value -> value.getValue().asBoolean())
            .forEach(value -> values.add(value.getKey()));
      } else {
        throw new EngineException(INVALID, "invalid filter");
      }
      filters.put(field.getKey(), values);
    }
    return filters;
  }

  private @Nullable JsonNode get(String name) {
    return fields.get(name.toLowerCase(Locale.ROOT));
  }

  private <T> List<T> list(String name, Function<JsonNode, T> each) {
    JsonNode node = get(name);
    if (node == null) {
      return List.of();
    }
    if (!node.isArray()) {
      throw mismatch(name, node, "array");
    }
    List<T> items = new ArrayList<>(node.size());
    node.forEach(item -> items.add(each.apply(item)));
    return items;
  }

  private <T> Map<String, T> entries(String name, Function<JsonNode, T> each) {
    JsonNode node = get(name);
    if (node == null) {
      return Map.of();
    }
    if (!node.isObject()) {
      throw mismatch(name, node, "map");
    }
    Map<String, T> entries = new LinkedHashMap<>();
    node.properties().forEach(entry -> entries.put(entry.getKey(), each.apply(entry.getValue())));
    return entries;
  }

  private static JsonIn in(String name, JsonNode node) {
    if (!node.isObject()) {
      throw mismatch(name, node, "object");
    }
    return new JsonIn(node);
  }

  private static String string(String name, JsonNode node) {
    if (!node.isTextual()) {
      throw mismatch(name, node, "string");
    }
    return node.textValue();
  }

  private static long number(String name, JsonNode node) {
    if (!node.isNumber() || !node.canConvertToLong() || !node.canConvertToExactIntegral()) {
      throw mismatch(name, node, "int64");
    }
    return node.longValue();
  }

  private static EngineException mismatch(String name, JsonNode node, String wanted) {
    String found =
        switch (node.getNodeType()) {
          case BOOLEAN -> "bool";
          case NUMBER -> "number";
          case STRING -> "string";
          case ARRAY -> "array";
          default -> "object";
        };
    String place = name.isEmpty() ? "Go value" : "Go struct field ." + name;
    return new EngineException(
        INVALID,
        "invalid JSON: json: cannot unmarshal " + found + " into " + place + " of type " + wanted);
  }
}
