/** Control groups, v1 and v2 behind one interface. */
@Export
@Version("1.0.0")
@NullMarked
package dev.felucca.linux.cgroup;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
