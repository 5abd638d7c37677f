package dev.felucca.isolation.oci;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.isolation.ProcessSpec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What a runtime says of its failure, in Docker's words where it is the program's fault. */
final class RuntimeWords {
  /** runc's own words are Docker's; they end with the errno's. */
  private static final Pattern DOCKER = Pattern.compile("exec: \".*?\": .*", Pattern.DOTALL);

  private static final Pattern WORKING_DIRECTORY =
      Pattern.compile(
          "(chdir to cwd|chdir|mkdir).*?([Nn]o such file or directory|[Pp]ermission denied)");
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private RuntimeWords() {}

  /** The last thing said in a log, or what was printed when that is nothing. */
  static String last(Path log, String printed) throws IOException {
    String last = "";
    try {
      // Any bytes are some words: what is wrong with the log must not hide what went wrong.
      String all = new String(Files.readAllBytes(log), StandardCharsets.UTF_8);
      for (String line : all.lines().toList()) {
        JsonNode entry = entry(line);
        String level = entry == null ? "" : entry.path("level").asText();
        if (entry == null || level.equals("error") || level.equals("fatal") || last.isEmpty()) {
          last = entry == null ? line : entry.path("msg").asText(line);
        }
      }
    } catch (NoSuchFileException e) {
      return printed.strip();
    }
    return last.isEmpty() ? printed.strip() : last;
  }

  private static @Nullable JsonNode entry(String line) {
    try {
      return line.startsWith("{") ? MAPPER.readTree(line) : null;
    } catch (JsonProcessingException e) {
      return null; // a line that is cut short is still one that was said
    }
  }

  /**
   * @param what the command, such as {@code crun create}
   * @return INVALID when it is the fault of what was to be run, otherwise an IOException
   */
  static Exception failure(String what, ProcessSpec process, String said) {
    String name = process.argv().isEmpty() ? "" : process.argv().get(0);
    Matcher docker = DOCKER.matcher(said);
    if (docker.find()) {
      return invalid(plain(docker.group(), name));
    }
    String lower = said.toLowerCase(Locale.ROOT);
    if (WORKING_DIRECTORY.matcher(said).find() && said.contains("cwd")) {
      return invalid(
          "chdir to cwd (\"%s\") set in config.json failed: %s"
              .formatted(
                  process.workingDir(),
                  lower.contains("permission denied")
                      ? "permission denied"
                      : "no such file or directory"));
    }
    boolean sought =
        lower.contains("not found in $path") || lower.contains("error finding executable");
    if (sought && !name.contains("/")) {
      return invalid("exec: \"" + name + "\": executable file not found in $PATH");
    }
    if (lower.contains("open executable: operation not permitted")) {
      return invalid("exec: \"" + name + "\": is a directory"); // crun's word for no regular file
    }
    boolean load = said.contains("failed to load " + name); // runsc's word
    boolean quoted = said.contains("`" + name + "`");
    if (quoted || load || said.contains("exec ") || lower.contains("executable")) {
      for (String errno :
          new String[] {"is a directory", "no such file or directory", "permission denied"}) {
        if (lower.contains(errno)
            || (errno.startsWith("is a") && lower.contains("not a regular file"))) {
          return invalid("exec: \"" + name + "\": " + errno);
        }
      }
    }
    return new IOException(what + ": " + said);
  }

  /** runc names the path once more: {@code exec: "/x": stat /x: no such file or directory}. */
  private static String plain(String words, String name) {
    return words.replace("\": stat " + name + ": ", "\": ").replaceAll(": unknown$", "").strip();
  }

  private static EngineException invalid(String message) {
    return new EngineException(INVALID, message);
  }
}
