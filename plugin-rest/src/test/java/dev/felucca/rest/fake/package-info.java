/** The kernel's services in memory: containers are scripts in Java. */
@NullMarked
package dev.felucca.rest.fake;

import org.jspecify.annotations.NullMarked;
