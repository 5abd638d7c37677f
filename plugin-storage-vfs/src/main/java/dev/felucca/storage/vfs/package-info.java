/** Snapshots by full copies. */
@NullMarked
package dev.felucca.storage.vfs;

import org.jspecify.annotations.NullMarked;
