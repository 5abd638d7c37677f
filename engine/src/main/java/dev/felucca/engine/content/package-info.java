/** Blobs on disk, and how they get there. */
@NullMarked
package dev.felucca.engine.content;

import org.jspecify.annotations.NullMarked;
