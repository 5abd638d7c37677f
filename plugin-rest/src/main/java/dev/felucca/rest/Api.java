package dev.felucca.rest;

import dev.felucca.kernel.EngineException;
import dev.felucca.rest.archive.ArchiveRoutes;
import dev.felucca.rest.container.ContainerRoutes;
import dev.felucca.rest.container.MountRoutes;
import dev.felucca.rest.event.EventRoutes;
import dev.felucca.rest.exec.ExecRoutes;
import dev.felucca.rest.http.Dispatcher;
import dev.felucca.rest.http.Exchange;
import dev.felucca.rest.image.ContainerImageRoutes;
import dev.felucca.rest.image.ImageRoutes;
import dev.felucca.rest.json.JsonOut;
import dev.felucca.rest.network.NetworkRoutes;
import dev.felucca.rest.route.Router;
import dev.felucca.rest.system.SystemRoutes;
import dev.felucca.rest.volume.VolumeRoutes;
import java.util.List;

/** Every route of the API: what this engine does, and what it refuses knowingly. */
final class Api {
  private static final byte[] NONE = JsonOut.array(List.of(), (out, nothing) -> {});

  private Api() {}

  static Router routes(KernelServices services) {
    Router router = new Router();
    EventRoutes events = new EventRoutes(services);
    events.addTo(router);
    new SystemRoutes(services, events::listeners).addTo(router);
    new ExecRoutes(services).addTo(router);
    new ContainerImageRoutes(services).addTo(router);
    new ArchiveRoutes(services).addTo(router);
    new MountRoutes(services).addTo(router);
    new ContainerRoutes(services).addTo(router);
    new ImageRoutes(services).addTo(router);
    new NetworkRoutes(services).addTo(router);
    new VolumeRoutes(services).addTo(router);
    plugins(router);
    swarm(router);
    return router;
  }

  private static void plugins(Router router) {
    // There are none, which is no error: clients list them to show all that takes space.
    router
        .add(Dispatcher.Lane.LOOP, "GET", "/plugins", exchange -> exchange.json(NONE))
        .unsupported("GET", "/plugins/privileges", "managing plugins")
        .add(Dispatcher.Lane.LOOP, "GET", "/plugins/{name}/json", Api::noPlugin);
    for (String method : new String[] {"GET", "POST", "DELETE"}) {
      router
          .unsupported(method, "/plugins", "managing plugins")
          .unsupported(method, "/plugins/{name}", "managing plugins");
    }
  }

  private static void noPlugin(Exchange exchange) {
    throw new EngineException(
        EngineException.Kind.NOT_FOUND,
        "plugin \"" + exchange.request().name("name") + "\" not found");
  }

  private static void swarm(Router router) {
    router
        .unsupported("POST", "/swarm/init", "swarm mode")
        .unsupported("POST", "/swarm/join", "swarm mode")
        .refuse(
            "POST",
            "/swarm/leave",
            EngineException.Kind.UNAVAILABLE,
            "This node is not part of a swarm");
    for (String method : new String[] {"GET", "POST", "DELETE"}) {
      for (String path :
          new String[] {"/swarm", "/nodes", "/services", "/tasks", "/secrets", "/configs"}) {
        router.swarm(method, path).swarm(method, path + "/{name}");
      }
    }
  }
}
