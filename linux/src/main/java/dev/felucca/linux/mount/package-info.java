/** Mounts in the words of mount(8): option words, and mounts that are attached nowhere. */
@Export
@Version("1.0.0")
@NullMarked
package dev.felucca.linux.mount;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
