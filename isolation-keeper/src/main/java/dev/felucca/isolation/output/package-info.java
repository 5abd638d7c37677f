/** Output of processes on its way to a sink. */
@NullMarked
package dev.felucca.isolation.output;

import org.jspecify.annotations.NullMarked;
