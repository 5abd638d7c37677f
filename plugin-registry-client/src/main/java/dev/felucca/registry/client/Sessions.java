package dev.felucca.registry.client;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.image.ImageReference;
import dev.felucca.kernel.transport.Credentials;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opens sessions: with which registry or mirror of it, and with leave for what. */
final class Sessions {
  private static final Logger LOG = LoggerFactory.getLogger(Sessions.class);

  private final Requests requests;
  private final Endpoints endpoints;
  private final Authorizations authorizations;

  Sessions(Requests requests, Endpoints endpoints, Authorizations authorizations) {
    this.requests = requests;
    this.endpoints = endpoints;
    this.authorizations = authorizations;
  }

  Session toPull(ImageReference repository, @Nullable Credentials who) throws IOException {
    return with(repository.domain(), scope(repository.path(), "pull"), who);
  }

  Session toPush(ImageReference repository, @Nullable Credentials who) throws IOException {
    return with(repository.domain(), scope(repository.path(), "pull,push"), who);
  }

  /** As {@link #toPush}, and to read from another repository of the same registry. */
  Session toMount(ImageReference repository, String from, @Nullable Credentials who)
      throws IOException {
    String both = scope(repository.path(), "pull,push") + " " + scope(from, "pull");
    return with(repository.domain(), both, who);
  }

  Session toList(String domain, @Nullable Credentials who) throws IOException {
    return with(domain, "registry:catalog:*", who);
  }

  private Session with(String domain, String scope, @Nullable Credentials who) throws IOException {
    return new Session(requests, endpoints, authorizations, endpoints.of(domain), scope, who);
  }

  private static String scope(String path, String actions) {
    return "repository:" + path + ":" + actions;
  }

  /** Something to be read from a registry, or from one of its mirrors. */
  interface Reading<R> {
    R from(Session session) throws IOException;
  }

  /** From the first mirror that has it, else from the registry, whose refusal is what counts. */
  <R> R nearest(ImageReference repository, @Nullable Credentials who, Reading<R> reading)
      throws IOException {
    for (Endpoints.Endpoint mirror : endpoints.mirrors(repository.domain())) {
      // Without credentials: they are for the registry, and its mirrors are somebody else's.
      String scope = scope(repository.path(), "pull");
      try {
        return reading.from(new Session(requests, endpoints, authorizations, mirror, scope, null));
      } catch (IOException | EngineException e) {
        if (Thread.currentThread().isInterrupted()) {
          throw e;
        }
        LOG.info("mirror {} has no {}: {}", mirror.base(), repository.familiar(), e.getMessage());
      }
    }
    return reading.from(toPull(repository, who));
  }
}
