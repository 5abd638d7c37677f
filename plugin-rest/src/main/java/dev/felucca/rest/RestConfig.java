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
          "Address and port to serve besides, such as 0.0.0.0:2376; empty for none. Without the three"
              + " files of TLS only loopback, and everybody on this host can then be root")
  String tcp() default "";

  @AttributeDefinition(
      description =
          "PEM file of the authorities whose certificates clients must show: each of them can be root"
              + " here. The files are read when this component starts")
  String tlsCa() default "";

  @AttributeDefinition(description = "PEM file of the server's certificate, and those between")
  String tlsCert() default "";

  @AttributeDefinition(description = "PEM file of its key, in PKCS#8 and without a password")
  String tlsKey() default "";
}
