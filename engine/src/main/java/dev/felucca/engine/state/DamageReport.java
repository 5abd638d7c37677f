package dev.felucca.engine.state;

import dev.felucca.kernel.event.EventBus;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells of state files that make no sense: as an event, and in the log, since nobody listens yet
 * when an engine reads its files.
 */
public final class DamageReport implements Consumer<DamagedStateException> {
  private static final Logger LOG = LoggerFactory.getLogger(DamageReport.class);

  private final EventBus events;

  public DamageReport(EventBus events) {
    this.events = events;
  }

  @Override
  public void accept(DamagedStateException damaged) {
    LOG.error("{}", damaged.getMessage());
    events.publish(damaged.event());
  }
}
