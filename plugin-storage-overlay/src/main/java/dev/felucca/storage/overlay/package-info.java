/** Snapshots by overlayfs. */
@org.jspecify.annotations.NullMarked
package dev.felucca.storage.overlay;
