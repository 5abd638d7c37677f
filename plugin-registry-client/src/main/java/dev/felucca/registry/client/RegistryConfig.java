package dev.felucca.registry.client;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** Settings of {@link RegistryClient}, by ConfigAdmin's {@code transport.registry}. */
@ObjectClassDefinition(name = "Registries")
public @interface RegistryConfig {
  @AttributeDefinition(
      name = "Insecure registries",
      description = "HOST or HOST:PORT to which plain http may be spoken")
  String[] insecure() default {};

  @AttributeDefinition(description = "seconds to wait for a connection")
  int connectTimeout() default 15;

  @AttributeDefinition(description = "seconds of silence after which a connection is dead")
  int silenceTimeout() default 30;

  @AttributeDefinition(description = "how often a request is tried")
  int attempts() default 4;
}
