/** What storage drivers keep on disk about their snapshots, whatever the snapshots are made of. */
@org.jspecify.annotations.NullMarked
package dev.felucca.storage.snapshots;
