/** Users and groups as a container's own files name them. */
@NullMarked
package dev.felucca.isolation.user;

import org.jspecify.annotations.NullMarked;
