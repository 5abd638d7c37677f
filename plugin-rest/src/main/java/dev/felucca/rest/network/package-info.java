/** The API's networks. */
@NullMarked
package dev.felucca.rest.network;

import org.jspecify.annotations.NullMarked;
