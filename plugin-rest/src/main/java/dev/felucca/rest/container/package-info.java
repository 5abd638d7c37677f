/** The API's containers. */
@NullMarked
package dev.felucca.rest.container;

import org.jspecify.annotations.NullMarked;
