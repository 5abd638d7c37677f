/** Registries: single blobs and manifests over the distribution protocol. */
@Export
@Version("1.0.0")
@NullMarked
package dev.felucca.kernel.transport;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
