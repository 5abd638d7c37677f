/** What the shim and a container's first process do, as programs of system calls. */
@org.jspecify.annotations.NullMarked
package dev.felucca.isolation.linux.init;
