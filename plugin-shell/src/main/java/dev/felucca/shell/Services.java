package dev.felucca.shell;

import static dev.felucca.kernel.EngineException.Kind.UNAVAILABLE;

import dev.felucca.kernel.EngineException;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;

/**
 * Looks services up at the moment of use: a command never keeps one from a bundle that may be
 * stopped meanwhile.
 */
final class Services {
  /** What is done with a service. */
  @FunctionalInterface
  interface Call<S, R> {
    R with(S service) throws Exception;
  }

  private final BundleContext context;

  Services(BundleContext context) {
    this.context = context;
  }

  <S, R> R use(Class<S> type, Call<S, R> call) throws Exception {
    ServiceReference<S> reference = context.getServiceReference(type);
    S service = reference == null ? null : context.getService(reference);
    if (service == null) {
      throw new EngineException(UNAVAILABLE, "no bundle provides " + type.getSimpleName() + " now");
    }
    try {
      return call.with(service);
    } finally {
      context.ungetService(reference);
    }
  }
}
