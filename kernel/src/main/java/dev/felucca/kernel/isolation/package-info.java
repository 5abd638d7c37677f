/** Containers as the kernel sees them: namespaces, limits, processes and their output. */
@Export
@Version("1.0.0")
@NullMarked
package dev.felucca.kernel.isolation;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
