/** The API about the engine itself. */
@NullMarked
package dev.felucca.rest.system;

import org.jspecify.annotations.NullMarked;
