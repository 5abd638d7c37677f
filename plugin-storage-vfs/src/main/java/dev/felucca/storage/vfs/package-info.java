/** Snapshots by full copies. */
@org.jspecify.annotations.NullMarked
package dev.felucca.storage.vfs;
