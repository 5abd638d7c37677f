/** Blobs, image references and the images built from them. */
@Export
@Version("1.0.0")
@NullMarked
package dev.felucca.kernel.image;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
