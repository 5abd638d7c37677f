/** Snapshots of file systems and the layers that fill them. */
@Export
@Version("1.1.0")
@NullMarked
package dev.felucca.kernel.storage;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
