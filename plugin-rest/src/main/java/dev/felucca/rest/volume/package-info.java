/** The routes of volumes. */
@NullMarked
package dev.felucca.rest.volume;

import org.jspecify.annotations.NullMarked;
