/** A process's streams on a connection that was taken over. */
@NullMarked
package dev.felucca.rest.stream;

import org.jspecify.annotations.NullMarked;
