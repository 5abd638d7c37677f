/** The Docker Engine API: where its sockets, routes and services come together. */
@NullMarked
package dev.felucca.rest;

import org.jspecify.annotations.NullMarked;
