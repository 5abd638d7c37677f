/** Keeps containers while engines come and go: their shims, their output, their ends. */
@NullMarked
package dev.felucca.isolation.keeper;

import org.jspecify.annotations.NullMarked;
