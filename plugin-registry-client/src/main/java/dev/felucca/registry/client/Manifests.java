package dev.felucca.registry.client;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.felucca.kernel.Digest;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.image.Descriptor;
import dev.felucca.kernel.image.ImageReference;
import dev.felucca.kernel.transport.Manifest;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.HexFormat;
import java.util.List;

/** Reads manifests from a registry and holds them against their digests. */
record Manifests(Session session) {
  private static final String TYPES =
      String.join(
          ", ",
          List.of(
              "application/vnd.oci.image.index.v1+json",
              "application/vnd.oci.image.manifest.v1+json",
              "application/vnd.docker.distribution.manifest.list.v2+json",
              "application/vnd.docker.distribution.manifest.v2+json",
              "application/vnd.docker.distribution.manifest.v1+prettyjws;q=0.1",
              "*/*;q=0.1"));

  Manifest get(ImageReference reference) throws IOException {
    Answer answer = HttpDoor.read(session.ask(path(reference), b -> accept(b.GET())));
    if (answer.status() != 200) {
      throw RegistryErrors.of(answer, reference);
    }
    return new Manifest(
        Descriptor.of(mediaType(answer), verified(reference, answer), answer.body().length),
        answer.body());
  }

  Descriptor head(ImageReference reference) throws IOException {
    Answer answer =
        HttpDoor.read(
            session.ask(path(reference), b -> accept(b.method("HEAD", BodyPublishers.noBody()))));
    String digest = answer.header("Docker-Content-Digest", "");
    long size = answer.headers().firstValueAsLong("Content-Length").orElse(-1);
    String type = contentType(answer);
    boolean told = answer.status() == 200 && size >= 0 && !type.isEmpty();
    return told && digest.startsWith("sha256:")
        ? Descriptor.of(type, Digest.parse(digest), size)
        // Whatever is wrong, an answer with a body says it better.
        : get(reference).descriptor();
  }

  private static String path(ImageReference reference) {
    Digest digest = reference.digest();
    String name = digest != null ? digest.toString() : String.valueOf(reference.tag());
    return reference.path() + "/manifests/" + name;
  }

  private static HttpRequest.Builder accept(HttpRequest.Builder request) {
    return request.setHeader("Accept", TYPES);
  }

  private static Digest verified(ImageReference reference, Answer answer) {
    Digest claimed = reference.digest();
    String header = answer.header("Docker-Content-Digest", "");
    if (claimed == null && header.startsWith("sha256:")) {
      claimed = Digest.parse(header);
    }
    if (claimed == null) {
      return Digest.sha256(answer.body());
    }
    Digest actual =
        new Digest(
            claimed.algorithm(), HexFormat.of().formatHex(claimed.newHash().digest(answer.body())));
    if (!actual.equals(claimed)) {
      throw new EngineException(
          INVALID,
          "manifest of "
              + reference.familiar()
              + " is not what it claims: expected "
              + claimed
              + ", got "
              + actual);
    }
    return actual;
  }

  private static String contentType(Answer answer) {
    return answer.header("Content-Type", "").replaceFirst("\\s*;.*", "").strip();
  }

  private static String mediaType(Answer answer) {
    String type = contentType(answer);
    if (!type.isEmpty() && !type.equals("application/json") && !type.startsWith("text/")) {
      return type;
    }
    try {
      return Json.parse(answer.body()).path("mediaType").asText(type);
    } catch (JsonProcessingException e) {
      return type; // whoever parses the manifest says what is wrong with it
    }
  }
}
