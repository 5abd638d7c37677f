package dev.felucca.kernel.transport;

import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.util.Locale;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Failures to reach an address in the words that users of Docker search the web for. */
public final class DialErrors {
  private DialErrors() {}

  /** Such as {@code Get "http://127.0.0.1:5000/v2/": dial tcp 127.0.0.1:5000: connect: …}. */
  public static String words(String method, URI uri, Throwable failure) {
    String verb =
        method.substring(0, 1).toUpperCase(Locale.ROOT)
            + method.substring(1).toLowerCase(Locale.ROOT);
    return verb + " \"" + uri + "\": " + reason(uri, failure);
  }

  private static String reason(URI uri, Throwable failure) {
    String address = address(uri);
    if (unknownHost(failure)) {
      return "dial tcp: lookup " + uri.getHost() + ": no such host";
    }
    if (find(failure, HttpConnectTimeoutException.class) != null) {
      return "dial tcp " + address + ": i/o timeout";
    }
    if (find(failure, ConnectException.class) != null) {
      String text = message(failure).toLowerCase(Locale.ROOT);
      return "dial tcp "
          + address
          + ": connect: "
          + (text.contains("unreachable") || text.contains("no route")
              ? text
              : "connection refused");
    }
    SSLException tls = find(failure, SSLException.class);
    if (tls != null) {
      return message(tls).contains("Unsupported or unrecognized SSL message")
          ? "http: server gave HTTP response to HTTPS client"
          : message(tls).contains("PKIX")
              ? "tls: failed to verify certificate: x509: certificate signed by unknown authority"
              : "tls: " + message(tls);
    }
    if (find(failure, HttpTimeoutException.class) != null
        || find(failure, SocketTimeoutException.class) != null) {
      return "net/http: timeout awaiting response headers";
    }
    return message(failure);
  }

  /** Whether the name of the host leads nowhere. */
  public static boolean unknownHost(Throwable failure) {
    return find(failure, UnresolvedAddressException.class) != null
        || find(failure, UnknownHostException.class) != null;
  }

  private static String address(URI uri) {
    int port = uri.getPort() >= 0 ? uri.getPort() : uri.getScheme().equals("https") ? 443 : 80;
    return uri.getHost() + ":" + port;
  }

  /** The first message along the causes; on one line. */
  public static String message(Throwable failure) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (t.getMessage() != null) {
        return t.getMessage().replaceAll("\\s*\\R\\s*", " ");
      }
    }
    return failure.getClass().getSimpleName();
  }

  private static <T extends Throwable> @Nullable T find(Throwable failure, Class<T> type) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (type.isInstance(t)) {
        return type.cast(t);
      }
    }
    return null;
  }
}
