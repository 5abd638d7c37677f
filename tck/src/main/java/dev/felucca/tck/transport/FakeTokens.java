package dev.felucca.tck.transport;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/** A token server on loopback that gives one token to whoever proves to be the one user. */
public final class FakeTokens implements AutoCloseable {
  private final HttpServer server;
  private final String token;
  private final @Nullable String user;
  private final @Nullable String password;
  private final Queue<String> queries = new ConcurrentLinkedQueue<>();
  private volatile int life = 300;

  /**
   * @param user null gives the token to anybody
   */
  public FakeTokens(String token, @Nullable String user, @Nullable String password)
      throws IOException {
    this.token = token;
    this.user = user;
    this.password = password;
    server = HttpServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 0);
    server.createContext("/token", this::handle);
    server.start();
  }

  public String realm() {
    return "http://127.0.0.1:" + server.getAddress().getPort() + "/token";
  }

  /** What was asked, the forms of POST requests included. */
  public List<String> queries() {
    return List.copyOf(queries);
  }

  /** For how many seconds tokens are good. */
  public void life(int seconds) {
    life = seconds;
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      boolean right;
      if (exchange.getRequestMethod().equals("POST")) {
        String form = new String(exchange.getRequestBody().readNBytes(1 << 16), UTF_8);
        queries.add(form);
        right = form.contains("refresh_token=identity-of-" + user);
      } else {
        queries.add(String.valueOf(exchange.getRequestURI().getRawQuery()));
        right =
            user == null
                || password == null
                || FakeRegistry.basic(user, password)
                    .equals(exchange.getRequestHeaders().getFirst("Authorization"));
      }
      if (!right) {
        FakeRegistry.refuse(exchange, 401, "UNAUTHORIZED", "incorrect username or password");
        return;
      }
      String json =
          "{\"token\":\""
              + token
              + "\",\"expires_in\":"
              + life
              + ",\"refresh_token\":\"identity-of-"
              + user
              + "\"}";
      FakeRegistry.send(exchange, 200, json.getBytes(UTF_8));
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
