/** System calls, and the programs of them that start containers. */
@Export
@Version("1.0.0")
@NullMarked
package dev.felucca.linux;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
