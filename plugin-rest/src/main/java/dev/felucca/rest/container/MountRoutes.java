package dev.felucca.rest.container;

import static dev.felucca.kernel.EngineException.Kind.INVALID;
import static dev.felucca.rest.http.Dispatcher.Lane.WORK;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.MountPoint;
import dev.felucca.rest.KernelServices;
import dev.felucca.rest.http.Exchange;
import dev.felucca.rest.json.JsonIn;
import dev.felucca.rest.json.JsonOut;
import dev.felucca.rest.route.Router;
import java.io.IOException;

/**
 * {@code /felucca/containers/{id}/mounts}, which Docker does not have: mounts of a container that
 * exists. A POST's body is the API's {@code Mount}, or {@code {"Bind": "SOURCE:TARGET[:MODE]"}}.
 */
public final class MountRoutes {
  private static final String PATH = "/felucca/containers/{id}/mounts";

  private final KernelServices services;

  public MountRoutes(KernelServices services) {
    this.services = services;
  }

  public void addTo(Router router) {
    router.add(WORK, "POST", PATH, this::add).add(WORK, "DELETE", PATH, this::remove);
  }

  private void add(Exchange exchange) throws IOException {
    String id = exchange.request().name("id");
    JsonIn body = exchange.request().json();
    String bind = body.text("Bind");
    MountPoint made =
        bind.isEmpty()
            ? services.mounts().add(id, MountRequestJson.read(body, exchange.request().version()))
            : services.mounts().add(id, bind);
    exchange.json(201, JsonOut.object(out -> MountPointJson.write(out, made)));
  }

  private void remove(Exchange exchange) throws IOException {
    String target = exchange.request().query().text("target");
    if (target.isEmpty()) {
      throw new EngineException(INVALID, "missing parameter in query: target");
    }
    services.mounts().remove(exchange.request().name("id"), target);
    exchange.empty(204);
  }
}
