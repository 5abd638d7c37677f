package dev.felucca.volumes;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** Settings of the local volumes. */
@ObjectClassDefinition(name = "Volumes: local")
public @interface VolumesConfig {
  @AttributeDefinition(
      name = "Root",
      description =
          "Directory of the volumes. Empty: \"volumes\" below the framework property"
              + " felucca.data-root, else below /var/lib/felucca.")
  String root() default "";
}
