/** What storage drivers keep on disk about their snapshots, whatever the snapshots are made of. */
@NullMarked
package dev.felucca.storage.snapshots;

import org.jspecify.annotations.NullMarked;
