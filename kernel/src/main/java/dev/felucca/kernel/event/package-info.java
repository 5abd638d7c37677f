/** What happened, told to whoever listens. */
@Export
@Version("1.0.0")
@NullMarked
package dev.felucca.kernel.event;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
