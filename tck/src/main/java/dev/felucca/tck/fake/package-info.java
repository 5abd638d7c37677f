/**
 * Drivers made of memory, for tests of what stands on drivers: processes that print and end when
 * the test says so, and calls that fail or hang when it says so.
 */
@Export
@Version("1.0.0")
@NullMarked
package dev.felucca.tck.fake;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
