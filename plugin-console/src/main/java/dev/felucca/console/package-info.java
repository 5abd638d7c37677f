/** The Gogo shell of a running engine, reached over a unix socket in its run directory. */
@NullMarked
package dev.felucca.console;

import org.jspecify.annotations.NullMarked;
