/** Mounts in the words of mount(8): option words, and mounts that are attached nowhere. */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
@org.jspecify.annotations.NullMarked
package dev.felucca.linux.mount;
