package dev.felucca.rest.http;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.kernel.EngineException;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/**
 * What a client says to speak WebSocket from here on, as in <a
 * href="https://www.rfc-editor.org/rfc/rfc6455#section-4.2">RFC 6455</a>.
 *
 * @param protocol the subprotocol it asks for, empty for none: it gets that, for a browser refuses
 *     an answer without
 */
public record WebSocketHandshake(String key, String protocol) {
  private static final String VERSION = "13";
  private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

  /** INVALID for a request that is none. */
  public static WebSocketHandshake of(Request request) {
    HttpHeaders headers = request.headers();
    String key = headers.get(HttpHeaderNames.SEC_WEBSOCKET_KEY, "");
    if (!headers.containsValue(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET, true)
        || !headers.containsValue(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE, true)
        || key.isBlank()) {
      throw new EngineException(INVALID, "not websocket protocol");
    }
    if (!headers.get(HttpHeaderNames.SEC_WEBSOCKET_VERSION, "").strip().equals(VERSION)) {
      throw new EngineException(INVALID, "missing or bad WebSocket Version");
    }
    String[] asked = headers.get(HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL, "").split(",", 2);
    return new WebSocketHandshake(key.strip(), asked[0].strip());
  }

  /** The head of the answer. */
  String head() {
    return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        + "Sec-WebSocket-Accept: "
        + accept()
        + (protocol.isEmpty() ? "" : "\r\nSec-WebSocket-Protocol: " + protocol)
        + "\r\n\r\n";
  }

  private String accept() {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-1")
              .digest((key + GUID).getBytes(StandardCharsets.US_ASCII));
      return Base64.getEncoder().encodeToString(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-1", e);
    }
  }
}
