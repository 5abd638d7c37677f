package dev.felucca.rest.container;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.ContainerManager.WaitCondition;
import dev.felucca.kernel.container.ContainerManager.WaitResult;
import dev.felucca.rest.KernelServices;
import dev.felucca.rest.http.Body;
import dev.felucca.rest.http.Exchange;
import dev.felucca.rest.http.Refusal;
import dev.felucca.rest.json.JsonOut;
import java.util.concurrent.CompletableFuture;

/**
 * {@code POST /containers/{id}/wait}. Headers leave at once: the CLI starts the container only when
 * it has seen them. A wait holds no thread.
 */
final class WaitRoute {
  private final KernelServices services;

  WaitRoute(KernelServices services) {
    this.services = services;
  }

  void await(Exchange exchange) {
    WaitCondition condition =
        exchange.request().version().atLeast(30)
            ? condition(exchange.request().query().text("condition"))
            : WaitCondition.NOT_RUNNING;
    CompletableFuture<WaitResult> result =
        services.containers().await(exchange.request().name("id"), condition).toCompletableFuture();
    if (result.isCompletedExceptionally()) {
      result.join();
    }
    Body body = exchange.stream("application/json");
    exchange.whenGone(() -> result.cancel(false));
    result.whenComplete(
        (done, failure) -> {
          if (result.isCancelled()) {
            body.abort();
            return;
          }
          body.send(json(done != null ? done : new WaitResult(-1, Refusal.of(failure).message())));
          body.end();
        });
  }

  private static WaitCondition condition(String text) {
    return switch (text) {
      case "", "not-running" -> WaitCondition.NOT_RUNNING;
      case "next-exit" -> WaitCondition.NEXT_EXIT;
      case "removed" -> WaitCondition.REMOVED;
      default -> throw new EngineException(INVALID, "invalid condition: \"" + text + "\"");
    };
  }

  private static byte[] json(WaitResult result) {
    return JsonOut.object(
        out -> {
          String error = result.error();
          if (error != null) {
            out.object("Error", fields -> fields.text("Message", error));
          }
          out.number("StatusCode", result.exitCode());
        });
  }
}
