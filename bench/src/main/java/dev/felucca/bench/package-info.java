/** Starts of containers inside one JVM, beside the same by other runtimes. */
@NullMarked
package dev.felucca.bench;

import org.jspecify.annotations.NullMarked;
