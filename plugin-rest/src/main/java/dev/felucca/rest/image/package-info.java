/** The API's images. */
@NullMarked
package dev.felucca.rest.image;

import org.jspecify.annotations.NullMarked;
