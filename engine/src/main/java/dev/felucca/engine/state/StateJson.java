package dev.felucca.engine.state;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.PropertyAccessor;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.KeyDeserializer;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.ser.std.StdSerializer;
import com.fasterxml.jackson.databind.ser.std.ToStringSerializer;
import dev.felucca.kernel.ContainerId;
import dev.felucca.kernel.Digest;
import dev.felucca.kernel.IdMapping;
import dev.felucca.kernel.Platform;
import dev.felucca.kernel.network.Cidr;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.function.Function;

/** Turns the kernel's records into JSON trees and back: fields in camelCase, no class names. */
public final class StateJson {
  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          // A record is its components: methods that answer something else are no fields.
          .visibility(PropertyAccessor.ALL, JsonAutoDetect.Visibility.NONE)
          .visibility(PropertyAccessor.FIELD, JsonAutoDetect.Visibility.ANY)
          .visibility(PropertyAccessor.CREATOR, JsonAutoDetect.Visibility.ANY)
          .addModule(words())
          .build();

  private StateJson() {}

  public static ObjectNode toTree(Object value) {
    return MAPPER.valueToTree(value);
  }

  /** Fields that {@code type} doesn't know are passed over; see {@link UnknownFields}. */
  public static <T> T fromTree(ObjectNode tree, Class<T> type) throws JsonProcessingException {
    return MAPPER.treeToValue(tree, type);
  }

  static byte[] bytes(ObjectNode tree) throws JsonProcessingException {
    return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(tree);
  }

  /** Exactly one JSON object, or an exception with the place of the mistake. */
  static ObjectNode parse(byte[] json) throws IOException {
    if (MAPPER.readTree(json) instanceof ObjectNode node) {
      return node;
    }
    throw new IOException("not a JSON object");
  }

  private static SimpleModule words() {
    SimpleModule module = new SimpleModule("felucca");
    word(module, ContainerId.class, ContainerId::new);
    word(module, Digest.class, Digest::parse);
    word(module, Platform.class, Platform::parse);
    word(module, Cidr.class, Cidr::parse);
    word(module, IdMapping.class, IdMapping::parse);
    word(module, Instant.class, Instant::parse);
    module.addSerializer(Path.class, ToStringSerializer.instance);
    module.addDeserializer(Path.class, new FromWord<>(Path.class, Path::of));
    module.addKeySerializer(
        ContainerId.class,
        new StdSerializer<>(ContainerId.class) {
          @Override
          public void serialize(ContainerId key, JsonGenerator out, SerializerProvider provider)
              throws IOException {
            out.writeFieldName(key.hex());
          }
        });
    module.addKeyDeserializer(
        ContainerId.class,
        new KeyDeserializer() {
          @Override
          public Object deserializeKey(String key, DeserializationContext context) {
            return new ContainerId(key);
          }
        });
    return module;
  }

  private static <T> void word(SimpleModule module, Class<T> type, Function<String, T> parse) {
    module.addSerializer(type, ToStringSerializer.instance);
    module.addDeserializer(type, new FromWord<>(type, parse));
  }

  /** A value that is one word in JSON. */
  private static final class FromWord<T> extends StdDeserializer<T> {
    private static final long serialVersionUID = 1;
    private final transient Function<String, T> parse;

    FromWord(Class<T> type, Function<String, T> parse) {
      super(type);
      this.parse = parse;
    }

    @Override
    public T deserialize(JsonParser in, DeserializationContext context) throws IOException {
      String text = in.getValueAsString();
      try {
        return parse.apply(text);
      } catch (RuntimeException e) {
        throw context.weirdStringException(text, handledType(), e.getMessage());
      }
    }
  }
}
