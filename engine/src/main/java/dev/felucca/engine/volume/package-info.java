/** Volumes: which there are, who uses them, and what becomes of them. */
@NullMarked
package dev.felucca.engine.volume;

import org.jspecify.annotations.NullMarked;
