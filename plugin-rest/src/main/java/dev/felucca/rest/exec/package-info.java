/** The API's exec sessions. */
@NullMarked
package dev.felucca.rest.exec;

import org.jspecify.annotations.NullMarked;
