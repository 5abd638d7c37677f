package dev.felucca.registry.client;

import java.net.URI;
import java.net.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** A response read to its end; for small ones. */
record Answer(String method, URI uri, int status, HttpHeaders headers, byte[] body) {
  List<Challenge> challenges() {
    return Challenge.parse(headers.allValues("WWW-Authenticate"));
  }

  String header(String name, String otherwise) {
    return headers.firstValue(name).orElse(otherwise);
  }

  String text() {
    return new String(body, StandardCharsets.UTF_8);
  }
}
