/** The routes of containers' files. */
@NullMarked
package dev.felucca.rest.archive;

import org.jspecify.annotations.NullMarked;
