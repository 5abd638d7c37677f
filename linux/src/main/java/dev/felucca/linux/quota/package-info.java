/** Limits of what directories take on disk. */
@Export
@Version("1.0.0")
@NullMarked
package dev.felucca.linux.quota;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
