/** Volumes: directories that outlast the containers they are mounted in. */
@Export
@Version("1.1.0")
@NullMarked
package dev.felucca.kernel.volume;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
