/** From method and path to what answers, and from refusals to status codes. */
@NullMarked
package dev.felucca.rest.route;

import org.jspecify.annotations.NullMarked;
