package dev.felucca.shell;

import static dev.felucca.kernel.EngineException.Kind.UNAVAILABLE;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.felucca.kernel.EngineException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Enumeration;
import java.util.NoSuchElementException;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The docker client's configuration where the person is who types, not where the engine is. The
 * process at the near end of the shell reads, writes and runs helpers; this only asks it. A shell
 * that comes another way (an embedder's own) has no such end and so no logins.
 */
final class NearConfig {
  private static final ObjectMapper JSON = new ObjectMapper();
  private final @Nullable UnaryOperator<byte[]> near;

  NearConfig(@Nullable UnaryOperator<byte[]> near) {
    this.near = near;
  }

  /** An answer of the near end. */
  record Answer(boolean good, byte[] content) {
    String text() {
      return new String(content, StandardCharsets.UTF_8).strip();
    }
  }

  private Answer ask(String line, byte[] content) {
    if (near == null) {
      throw new EngineException(
          UNAVAILABLE, "this shell has no near end to keep logins with: use ./felucca shell");
    }
    ByteArrayOutputStream question = new ByteArrayOutputStream();
    question.writeBytes((line + "\n").getBytes(StandardCharsets.UTF_8));
    question.writeBytes(content);
    byte[] answer = near.apply(question.toByteArray());
    return new Answer(
        answer.length > 0 && answer[0] == '+',
        answer.length == 0 ? answer : Arrays.copyOfRange(answer, 1, answer.length));
  }

  boolean isThere() {
    return near != null;
  }

  /** {@code config.json} or the old {@code .dockercfg}; empty when there is none. */
  ObjectNode read(String file) throws IOException {
    Answer answer = ask("read " + file, new byte[0]);
    if (!answer.good()) {
      if (!answer.text().isEmpty()) {
        throw new IOException(file + ": " + answer.text());
      }
      return JSON.createObjectNode();
    }
    if (JSON.readTree(answer.content()) instanceof ObjectNode object) {
      return object;
    }
    throw new IOException(file + " is no JSON object");
  }

  void write(ObjectNode config) throws IOException {
    byte[] bytes = JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(config);
    Answer answer = ask("write config.json", bytes);
    if (!answer.good()) {
      throw new IOException("config.json: " + answer.text());
    }
  }

  Answer helper(String name, String action, String input) {
    return ask("helper " + name + " " + action, input.getBytes(StandardCharsets.UTF_8));
  }

  /** All of the near end's standard input. */
  String input() {
    return ask("input", new byte[0]).text();
  }

  /** The near end's standard input as it comes, or that of a shell without such an end. */
  InputStream stream(InputStream own) {
    return near == null ? own : new SequenceInputStream(new Chunks());
  }

  /** Shows a line on the near end's standard error. */
  void tell(String line) {
    ask("tell", (line + "\n").getBytes(StandardCharsets.UTF_8));
  }

  /** Each an answer; one without content is the last. */
  private final class Chunks implements Enumeration<InputStream> {
    private byte @Nullable [] next;

    @Override
    public boolean hasMoreElements() {
      byte[] some = next;
      if (some == null) {
        Answer answer = ask("some", new byte[0]);
        if (!answer.good()) {
          throw new EngineException(UNAVAILABLE, "standard input: " + answer.text());
        }
        some = answer.content();
        next = some;
      }
      return some.length > 0;
    }

    @Override
    public InputStream nextElement() {
      byte[] some = next;
      if (some == null || some.length == 0) {
        throw new NoSuchElementException();
      }
      next = null;
      return new ByteArrayInputStream(some);
    }
  }

  static ObjectNode object() {
    return JSON.createObjectNode();
  }

  static ObjectNode parse(byte[] bytes) throws IOException {
    return JSON.readTree(bytes) instanceof ObjectNode object ? object : object();
  }
}
