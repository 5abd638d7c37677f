/** Sockets as the kernel has them: addresses, and calls that never wait. */
@Export
@Version("1.0.0")
@NullMarked
package dev.felucca.linux.socket;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
