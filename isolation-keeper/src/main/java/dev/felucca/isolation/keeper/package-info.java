/** Keeps containers while engines come and go: their shims, their output, their ends. */
@org.jspecify.annotations.NullMarked
package dev.felucca.isolation.keeper;
