/** JSON as Go writes and reads it. */
@NullMarked
package dev.felucca.rest.json;

import org.jspecify.annotations.NullMarked;
