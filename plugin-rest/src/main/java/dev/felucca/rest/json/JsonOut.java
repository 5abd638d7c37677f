package dev.felucca.rest.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.ByteArrayBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Writes JSON field by field: whether an empty value is absent, null or {@code []} differs from
 * field to field in Docker's API, and is said where the field is written.
 */
public final class JsonOut {
  private static final JsonFactory FACTORY = new JsonFactory();
  private final ByteArrayBuilder bytes = new ByteArrayBuilder(2048);
  private final JsonGenerator generator;

  private JsonOut() throws IOException {
    generator = FACTORY.createGenerator(bytes);
  }

  /** One object, as bytes. */
  public static byte[] object(Consumer<JsonOut> fields) {
    return write(
        out -> {
          out.start();
          fields.accept(out);
          out.end();
        });
  }

  /** An object and a newline: one value of a stream, as clients that read by lines expect it. */
  public static byte[] line(Consumer<JsonOut> fields) {
    byte[] json = object(fields);
    byte[] line = Arrays.copyOf(json, json.length + 1);
    line[json.length] = '\n';
    return line;
  }

  /** An array of one object for each item. */
  public static <T> byte[] array(
      Collection<T> items, java.util.function.BiConsumer<JsonOut, T> each) {
    return write(
        out -> {
          out.call(out.generator::writeStartArray);
          for (T item : items) {
            out.start();
            each.accept(out, item);
            out.end();
          }
          out.call(out.generator::writeEndArray);
        });
  }

  private static byte[] write(Consumer<JsonOut> body) {
    try {
      JsonOut out = new JsonOut();
      body.accept(out);
      out.generator.close();
      return out.bytes.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException("writing JSON to memory", e);
    }
  }

  public JsonOut text(String name, @Nullable String value) {
    return call(() -> generator.writeStringField(name, value == null ? "" : value));
  }

  /** Go's {@code omitempty}. */
  public JsonOut textUnlessEmpty(String name, @Nullable String value) {
    return value == null || value.isEmpty() ? this : text(name, value);
  }

  public JsonOut number(String name, long value) {
    return call(() -> generator.writeNumberField(name, value));
  }

  public JsonOut unsigned(String name, long value) {
    return call(
        () -> {
          generator.writeFieldName(name);
          generator.writeNumber(new java.math.BigInteger(Long.toUnsignedString(value)));
        });
  }

  /** Null where there is none. */
  public JsonOut numberOrNull(String name, @Nullable Number value) {
    return value == null ? nothing(name) : number(name, value.longValue());
  }

  public JsonOut flag(String name, boolean value) {
    return call(() -> generator.writeBooleanField(name, value));
  }

  public JsonOut flagIfSet(String name, boolean value) {
    return value ? flag(name, true) : this;
  }

  public JsonOut nothing(String name) {
    return call(() -> generator.writeNullField(name));
  }

  public JsonOut time(String name, @Nullable Instant value) {
    return text(name, GoTime.nano(value));
  }

  /** {@code []} when there is none. */
  public JsonOut texts(String name, @Nullable Collection<String> values) {
    return call(
        () -> {
          generator.writeArrayFieldStart(name);
          for (String value : values == null ? java.util.List.<String>of() : values) {
            generator.writeString(value);
          }
          generator.writeEndArray();
        });
  }

  /** Null when there is none: a Go slice that was never made. */
  public JsonOut textsOrNull(String name, @Nullable Collection<String> values) {
    return values == null || values.isEmpty() ? nothing(name) : texts(name, values);
  }

  public JsonOut textsUnlessEmpty(String name, @Nullable Collection<String> values) {
    return values == null || values.isEmpty() ? this : texts(name, values);
  }

  public JsonOut numbers(String name, long... values) {
    return call(
        () -> {
          generator.writeFieldName(name);
          generator.writeArray(values, 0, values.length);
        });
  }

  /** Keys in Go's order: sorted. */
  public JsonOut map(String name, Map<String, String> values) {
    return object(name, out -> new TreeMap<>(values).forEach(out::text));
  }

  public JsonOut mapOrNull(String name, Map<String, String> values) {
    return values.isEmpty() ? nothing(name) : map(name, values);
  }

  public JsonOut mapUnlessEmpty(String name, Map<String, String> values) {
    return values.isEmpty() ? this : map(name, values);
  }

  /** A Go set: each key with an empty object. */
  public JsonOut set(String name, Collection<String> keys) {
    return object(
        name,
        out -> {
          for (String key : new java.util.TreeSet<>(keys)) {
            out.object(key, none -> {});
          }
        });
  }

  public JsonOut object(String name, Consumer<JsonOut> fields) {
    call(() -> generator.writeObjectFieldStart(name));
    fields.accept(this);
    return end();
  }

  public <T> JsonOut objects(
      String name, Collection<T> items, java.util.function.BiConsumer<JsonOut, T> each) {
    call(() -> generator.writeArrayFieldStart(name));
    for (T item : items) {
      start();
      each.accept(this, item);
      end();
    }
    return call(generator::writeEndArray);
  }

  /** An array of arrays of strings. */
  public JsonOut rows(String name, Collection<? extends Collection<String>> rows) {
    return call(
        () -> {
          generator.writeArrayFieldStart(name);
          for (Collection<String> row : rows) {
            generator.writeStartArray();
            for (String cell : row) {
              generator.writeString(cell);
            }
            generator.writeEndArray();
          }
          generator.writeEndArray();
        });
  }

  private JsonOut start() {
    return call(generator::writeStartObject);
  }

  private JsonOut end() {
    return call(generator::writeEndObject);
  }

  private JsonOut call(Step step) {
    try {
      step.run();
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException("writing JSON to memory", e);
    }
  }

  private interface Step {
    void run() throws IOException;
  }
}
