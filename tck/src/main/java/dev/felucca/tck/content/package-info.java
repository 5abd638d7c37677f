/** The contract of content stores. */
@Export
@Version("1.0.0")
@NullMarked
package dev.felucca.tck.content;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
