/** What the shim and a container's first process do, as programs of system calls. */
@NullMarked
package dev.felucca.isolation.linux.init;

import org.jspecify.annotations.NullMarked;
