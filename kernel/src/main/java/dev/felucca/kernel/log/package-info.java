/** What containers print, kept and read again. */
@Export
@Version("1.0.0")
@NullMarked
package dev.felucca.kernel.log;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
