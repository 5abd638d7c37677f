/** The API's event stream. */
@NullMarked
package dev.felucca.rest.event;

import org.jspecify.annotations.NullMarked;
