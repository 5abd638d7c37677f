package dev.felucca.engine.state;

import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Modified;

/**
 * The engine's settings as they are now: a change is seen by the next container, and nothing is
 * torn down for it.
 */
@Component(service = Settings.class, configurationPid = "dev.felucca.engine")
public final class Settings {
  private volatile EngineConfig config;

  @Activate
  public Settings(EngineConfig config) {
    this.config = config;
  }

  @Modified
  public void modified(EngineConfig changed) {
    this.config = changed;
  }

  public EngineConfig now() {
    return config;
  }
}
