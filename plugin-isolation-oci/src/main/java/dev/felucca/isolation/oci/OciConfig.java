package dev.felucca.isolation.oci;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** Which OCI runtimes there are; each is an isolation driver of its own. */
@ObjectClassDefinition(name = "Felucca OCI runtimes")
public @interface OciConfig {
  @AttributeDefinition(
      name = "Runtimes",
      description =
          "name=path of each OCI runtime; the name is what `docker run --runtime` takes. Empty: crun,"
              + " runc, youki and runsc, as far as they are installed.")
  String[] runtimes() default {};

  @AttributeDefinition(
      name = "Patience",
      description =
          "Seconds that a runtime may take for one command; then it is killed, with what it started.")
  int patience() default 60;
}
