package dev.felucca.rest.http;

import io.netty.channel.Channel;
import io.netty.channel.unix.DomainSocketChannel;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import java.util.regex.Pattern;

/**
 * A web page can make its reader's browser talk to loopback: by a form, which says its {@code
 * Origin}, or by a name of its own that it lets point to 127.0.0.1, which is then the {@code Host}.
 * No client of the API does either, but that WebSocket clients say this server's own origin, where
 * there are no pages. Unix sockets are out of a browser's reach, and where clients show a
 * certificate the server may have any name.
 */
final class BrowserGuard {
  private static final Pattern LOCAL =
      Pattern.compile("(?i)(?:localhost|[0-9.]+|\\[[0-9a-f:.]+])(?::[0-9]+)?");

  private BrowserGuard() {}

  static boolean refuses(Channel channel, HttpRequest request) {
    if (channel instanceof DomainSocketChannel) {
      return false;
    }
    boolean tls = channel.pipeline().get(MutualTls.HANDLER) != null;
    String host = request.headers().get(HttpHeaderNames.HOST);
    if (!tls && host != null && !LOCAL.matcher(host).matches()) {
      return true;
    }
    String origin = request.headers().get(HttpHeaderNames.ORIGIN);
    return origin != null && !origin.equals((tls ? "https://" : "http://") + host);
  }
}
