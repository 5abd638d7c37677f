package dev.felucca.storage.vfs;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** Settings of the vfs driver. */
@ObjectClassDefinition(name = "Storage: vfs")
public @interface VfsConfig {
  @AttributeDefinition(
      name = "Root",
      description =
          "Directory of the snapshots, on any file system; copies are cheap on btrfs and XFS with"
              + " reflink. Empty: \"vfs\" below the framework property felucca.data-root, else below"
              + " /var/lib/felucca.")
  String root() default "";
}
