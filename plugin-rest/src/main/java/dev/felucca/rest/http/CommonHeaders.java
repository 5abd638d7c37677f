package dev.felucca.rest.http;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;

/** The headers of every answer. */
final class CommonHeaders {
  private static final AsciiString VERSION = AsciiString.cached("Api-Version");
  private static final AsciiString EXPERIMENTAL = AsciiString.cached("Docker-Experimental");
  private static final AsciiString OS = AsciiString.cached("Ostype");
  private static final AsciiString SERVER = AsciiString.cached("Server");
  private static final String LATEST = ApiVersion.LATEST.toString();

  private CommonHeaders() {}

  /** As lines of a head that no encoder writes. */
  static String text() {
    DefaultHttpHeaders headers = new DefaultHttpHeaders();
    add(headers);
    StringBuilder lines = new StringBuilder();
    headers.forEach(one -> lines.append(one.getKey() + ": " + one.getValue() + "\r\n"));
    return lines.toString();
  }

  static void add(HttpHeaders headers) {
    headers
        .set(VERSION, LATEST)
        .set(EXPERIMENTAL, "false")
        .set(OS, "linux")
        .set(SERVER, "Felucca (linux)");
  }
}
