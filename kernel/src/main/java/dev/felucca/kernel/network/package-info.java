/** Networks, endpoints and the links between containers. */
@Export
@Version("1.0.0")
@NullMarked
package dev.felucca.kernel.network;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
