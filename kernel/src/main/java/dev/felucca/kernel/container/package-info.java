/** What clients ask of the engine: containers, streams, exec sessions and the system. */
@Export
@Version("1.1.0")
@NullMarked
package dev.felucca.kernel.container;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
