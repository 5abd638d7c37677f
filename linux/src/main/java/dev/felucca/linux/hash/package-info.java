/** Hashes of large content, by instructions that a JVM may leave unused. */
@org.jspecify.annotations.NullMarked
package dev.felucca.linux.hash;
