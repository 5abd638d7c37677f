/** Hashes of large content, by instructions that a JVM may leave unused. */
@NullMarked
package dev.felucca.linux.hash;

import org.jspecify.annotations.NullMarked;
