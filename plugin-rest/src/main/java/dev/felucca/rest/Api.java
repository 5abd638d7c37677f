package dev.felucca.rest;

import dev.felucca.rest.archive.ArchiveRoutes;
import dev.felucca.rest.container.ContainerRoutes;
import dev.felucca.rest.container.MountRoutes;
import dev.felucca.rest.event.EventRoutes;
import dev.felucca.rest.exec.ExecRoutes;
import dev.felucca.rest.image.ContainerImageRoutes;
import dev.felucca.rest.image.ImageRoutes;
import dev.felucca.rest.network.NetworkRoutes;
import dev.felucca.rest.route.Router;
import dev.felucca.rest.system.SystemRoutes;
import dev.felucca.rest.volume.VolumeRoutes;

/** Every route of the API: what this engine does, and what it refuses knowingly. */
final class Api {
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
    for (String method : new String[] {"GET", "POST", "DELETE"}) {
      router
          .unsupported(method, "/plugins", "managing plugins")
          .unsupported(method, "/plugins/{name}", "managing plugins");
    }
  }

  private static void swarm(Router router) {
    router
        .unsupported("POST", "/swarm/init", "swarm mode")
        .unsupported("POST", "/swarm/join", "swarm mode");
    for (String method : new String[] {"GET", "POST", "DELETE"}) {
      for (String path :
          new String[] {"/swarm", "/nodes", "/services", "/tasks", "/secrets", "/configs"}) {
        router.swarm(method, path).swarm(method, path + "/{name}");
      }
    }
  }
}
