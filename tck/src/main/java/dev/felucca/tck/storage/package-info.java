/** Contract suites for snapshotters and layer differs. */
@Export
@Version("1.0.0")
@NullMarked
package dev.felucca.tck.storage;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
