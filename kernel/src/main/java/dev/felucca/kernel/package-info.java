/** What every bundle says: the driver contract, identifiers and the one exception. */
@Export
@Version("1.0.0")
@NullMarked
package dev.felucca.kernel;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
