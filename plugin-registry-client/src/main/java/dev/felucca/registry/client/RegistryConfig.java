package dev.felucca.registry.client;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** Settings of {@link RegistryClient}, by ConfigAdmin's {@code transport.registry}. */
@ObjectClassDefinition(name = "Registries")
public @interface RegistryConfig {
  @AttributeDefinition(
      name = "Insecure registries",
      description =
          "HOST, HOST:PORT or a range of addresses to which plain http may be spoken; certificates"
              + " there are not checked")
  String[] insecure() default {};

  @AttributeDefinition(
      name = "Mirrors",
      description = "URL, a mirror of docker.io, or HOST=URL; asked in order before the registry")
  String[] mirrors() default {};

  @AttributeDefinition(
      name = "Certificate directories",
      description =
          "In each, HOST or HOST:PORT/*.crt are authorities to believe, *.cert with *.key show who we"
              + " are")
  String[] certificates() default {"/etc/felucca/certs.d", "/etc/docker/certs.d"};

  @AttributeDefinition(
      description = "HOST:PORT for plain http. Empty: the environment's HTTP_PROXY")
  String httpProxy() default "";

  @AttributeDefinition(description = "HOST:PORT for https. Empty: the environment's HTTPS_PROXY")
  String httpsProxy() default "";

  @AttributeDefinition(description = "hosts reached without. Empty: the environment's NO_PROXY")
  String noProxy() default "";

  @AttributeDefinition(description = "bytes of one piece of an upload; 0 sends a blob in one")
  int uploadChunk() default 0;

  @AttributeDefinition(description = "seconds to wait for a connection")
  int connectTimeout() default 15;

  @AttributeDefinition(description = "seconds of silence after which a connection is dead")
  int silenceTimeout() default 30;

  @AttributeDefinition(description = "how often a request is tried")
  int attempts() default 4;
}
