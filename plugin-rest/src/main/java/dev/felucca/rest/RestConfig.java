package dev.felucca.rest;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** Where the API is served. */
@ObjectClassDefinition(name = "Felucca Docker Engine API")
@interface RestConfig {
  @AttributeDefinition(
      description =
          "Path of the unix socket; empty takes the framework property felucca.socket, or"
              + " /run/felucca/felucca.sock")
  String socket() default "";

  @AttributeDefinition(description = "Group that may use the socket; empty for its owner only")
  String group() default "docker";

  @AttributeDefinition(description = "Mode of the socket, octal")
  String mode() default "0660";

  @AttributeDefinition(
      description =
          "Loopback address and port to serve without TLS, such as 127.0.0.1:2375; empty for none."
              + " Everybody on this host can then be root")
  String tcp() default "";
}
