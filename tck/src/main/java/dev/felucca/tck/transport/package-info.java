/** The contract of registry transports, and a registry that misbehaves on demand. */
@Export
@Version("1.0.0")
@NullMarked
package dev.felucca.tck.transport;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
