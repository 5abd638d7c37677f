/** What a person types: Felucca's commands in the Gogo shell. */
@NullMarked
package dev.felucca.shell;

import org.jspecify.annotations.NullMarked;
