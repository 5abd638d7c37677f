package dev.felucca.storage.overlay;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** Settings of the overlay driver. */
@ObjectClassDefinition(name = "Storage: overlay")
public @interface OverlayConfig {
  @AttributeDefinition(
      name = "Root",
      description =
          "Directory of the snapshots, on ext4, XFS (ftype=1), btrfs or tmpfs. Empty: \"overlay\" below"
              + " the framework property felucca.data-root, else below /var/lib/felucca.")
  String root() default "";
}
