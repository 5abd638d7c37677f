package dev.felucca.distro;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.osgi.framework.Bundle;

/**
 * What the start that makes the class archive does once it is ready: that which the first user of a
 * later start would otherwise wait for. See docs/startup.md.
 */
final class Training {
  private static final Pattern ID = Pattern.compile("\"Id\":\\s?\"([0-9a-f]{64})\"");
  private static final String IMAGE = "felucca-training:latest";

  /** Or their loaders die with the framework, before the archive is written at the JVM's end. */
  private static final List<Class<?>> KEPT = new ArrayList<>();

  private final Path socket;

  Training(Path socket) {
    this.socket = socket;
  }

  /** Runs, executes, looks at and removes containers through the API, as the docker CLI does. */
  void exercise() throws IOException {
    ask("POST", "/images/create?fromSrc=-&repo=" + IMAGE, TrainingImage.tar());
    for (String path : new String[] {"/version", "/info", "/images/json", "/containers/json"}) {
      ask("GET", path, new byte[0]);
    }
    for (String network : new String[] {"none", "host", "bridge"}) {
      for (int round = 0; round < 2; round++) {
        runToItsEnd(network);
      }
    }
    String id = create("/wait", "bridge");
    ask("POST", "/containers/" + id + "/start", new byte[0]);
    String exec =
        id(json("/containers/" + id + "/exec", "{\"AttachStdout\":true,\"Cmd\":[\"/true\"]}"));
    try (SocketChannel output = send("POST", "/exec/" + exec + "/start", "{\"Detach\":false}")) {
      answer(output, "exec");
    }
    for (String path : new String[] {"/json", "/top", "/logs?stdout=1&stderr=1"}) {
      ask("GET", "/containers/" + id + path, new byte[0]);
    }
    ask("GET", "/exec/" + exec + "/json", new byte[0]);
    ask("GET", "/containers/json?all=1", new byte[0]);
    ask("POST", "/containers/" + id + "/stop?t=0", new byte[0]);
    ask("DELETE", "/containers/" + id + "?force=1", new byte[0]);
    ask("DELETE", "/images/" + IMAGE, new byte[0]);
  }

  private void runToItsEnd(String network) throws IOException {
    String id = create("/true", network);
    String at = "/containers/" + id;
    try (SocketChannel output = send("POST", at + "/attach?stream=1&stdout=1&stderr=1", "");
        SocketChannel end = send("POST", at + "/wait?condition=next-exit", "")) {
      ask("POST", at + "/start", new byte[0]);
      answer(output, "attach");
      answer(end, "wait");
    }
    ask("DELETE", at + "?force=1", new byte[0]);
  }

  private String create(String program, String network) throws IOException {
    return id(
        json(
            "/containers/create",
            "{\"Image\":\"%s\",\"Cmd\":[\"%s\"],\"AttachStdout\":true,\"AttachStderr\":true,\"HostConfig\":{\"NetworkMode\":\"%s\"}}"
                .formatted(IMAGE, program, network)));
  }

  private static String id(String json) throws IOException {
    Matcher id = ID.matcher(json);
    if (!id.find()) {
      throw new IOException("no id in " + json);
    }
    return id.group(1);
  }

  private String json(String path, String body) throws IOException {
    try (SocketChannel channel = send("POST", path, body)) {
      return answer(channel, path);
    }
  }

  private void ask(String method, String path, byte[] body) throws IOException {
    try (SocketChannel channel = send(method, path, body)) {
      answer(channel, path);
    }
  }

  private SocketChannel send(String method, String path, String body) throws IOException {
    return send(method, path, body.getBytes(StandardCharsets.UTF_8));
  }

  private SocketChannel send(String method, String path, byte[] body) throws IOException {
    SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
    String head =
        "%s /v1.50%s HTTP/1.1\r\nHost: felucca\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
            .formatted(method, path, body.length);
    for (byte[] part : new byte[][] {head.getBytes(StandardCharsets.US_ASCII), body}) {
      for (ByteBuffer left = ByteBuffer.wrap(part); left.hasRemaining(); ) {
        channel.write(left);
      }
    }
    return channel;
  }

  private static String answer(SocketChannel channel, String what) throws IOException {
    String answer =
        new String(Channels.newInputStream(channel).readAllBytes(), StandardCharsets.ISO_8859_1);
    if (!answer.startsWith("HTTP/1.1 2")) {
      throw new IOException(what + ": " + answer.lines().findFirst().orElse("no answer"));
    }
    return answer;
  }

  /**
   * Links every class that was loaded from a bundle: the archive leaves out those that are loaded
   * and not linked, and all that extends them.
   *
   * @param loaded what {@code -Xlog:class+load:file=…:none} wrote
   * @return how many methods they have
   */
  static int link(Path loaded, Bundle[] bundles) throws IOException {
    int methods = 0;
    Map<String, Bundle> byFile = new HashMap<>();
    for (Bundle bundle : bundles) {
      byFile.put(bundle.getLocation().replaceFirst("^reference:file:/*", "/"), bundle);
    }
    for (String line : Files.readAllLines(loaded)) {
      String[] words = line.split(" source: ");
      Bundle bundle = words.length < 2 ? null : byFile.get(words[1].replaceFirst("^file:/*", "/"));
      if (bundle != null) {
        try {
          Class<?> type = bundle.loadClass(words[0]);
          KEPT.add(type);
          methods += type.getDeclaredMethods().length;
        } catch (ClassNotFoundException | LinkageError optional) {
          // It names what no bundle here has: it is never linked in a real start either.
        }
      }
    }
    return methods;
  }
}
