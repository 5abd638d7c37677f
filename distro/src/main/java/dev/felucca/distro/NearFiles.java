package dev.felucca.distro;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;

/**
 * What the shell's near end does for commands that run in the engine: it reads and writes the
 * docker client's configuration of whoever runs it, and runs credential helpers, as docker does.
 * The engine itself runs no programs and reads nobody's home. A question is a line, and what
 * follows it is the content; an answer begins with {@code +}, or with {@code -} and says why not.
 */
final class NearFiles {
  /** What fits a frame of the console's well. */
  private static final int SOME = 1 << 18;

  private NearFiles() {}

  static byte[] answer(byte[] question) {
    int end = 0;
    while (end < question.length && question[end] != '\n') {
      end++;
    }
    String[] words = new String(question, 0, end, StandardCharsets.UTF_8).split(" ");
    byte[] content =
        Arrays.copyOfRange(question, Math.min(end + 1, question.length), question.length);
    try {
      return switch (words[0]) {
        case "read" -> told('+', Files.readAllBytes(file(words[1])));
        case "write" -> write(file(words[1]), content);
        case "helper" -> helper(words[1], words[2], content);
        case "input" -> told('+', System.in.readAllBytes());
        case "some" -> told('+', System.in.readNBytes(SOME));
        case "tell" -> tell(content);
        default -> no("the near end of the shell is older than the engine");
      };
    } catch (NoSuchFileException e) {
      return no("");
    } catch (IOException e) {
      return no(String.valueOf(e.getMessage()));
    }
  }

  private static byte[] told(char first, byte[] content) {
    byte[] answer = new byte[content.length + 1];
    answer[0] = (byte) first;
    System.arraycopy(content, 0, answer, 1, content.length);
    return answer;
  }

  private static byte[] tell(byte[] words) {
    System.err.write(words, 0, words.length);
    return told('+', new byte[0]);
  }

  private static byte[] no(String why) {
    return told('-', why.getBytes(StandardCharsets.UTF_8));
  }

  private static Path file(String name) throws IOException {
    String home = System.getenv().getOrDefault("HOME", System.getProperty("user.home"));
    return switch (name) {
      case "config.json" ->
          Path.of(System.getenv().getOrDefault("DOCKER_CONFIG", home + "/.docker"), name);
      case ".dockercfg" -> Path.of(home, name);
      default -> throw new IOException("not a file of the docker client's: " + name);
    };
  }

  /** Replaced whole, and readable by its owner only from the first byte on. */
  private static byte[] write(Path file, byte[] content) throws IOException {
    Files.createDirectories(file.getParent());
    Path next =
        Files.createTempFile(
            file.getParent(),
            "." + file.getFileName(),
            "",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    try {
      Files.write(next, content);
      Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(next);
    }
    return told('+', new byte[0]);
  }

  private static byte[] helper(String name, String action, byte[] input) throws IOException {
    if (!name.matches("[A-Za-z0-9][A-Za-z0-9._-]*") || !action.matches("get|store|erase")) {
      return no("not a credential helper: " + name);
    }
    Process helper =
        new ProcessBuilder("docker-credential-" + name, action)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (var in = helper.getOutputStream()) {
      in.write(input);
    } catch (IOException e) {
      // It ended without reading: its exit code says what there is to say.
      helper.onExit();
    }
    byte[] output = helper.getInputStream().readAllBytes();
    int code;
    try {
      code = helper.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return no("interrupted");
    }
    return told(code == 0 ? '+' : '-', output);
  }
}
