/** Mounts that containers have of the host, when they are made and while they run. */
@NullMarked
package dev.felucca.isolation.mount;

import org.jspecify.annotations.NullMarked;
