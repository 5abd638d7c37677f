/** Snapshots by overlayfs. */
@NullMarked
package dev.felucca.storage.overlay;

import org.jspecify.annotations.NullMarked;
