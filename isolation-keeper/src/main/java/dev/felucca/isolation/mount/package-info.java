/** Mounts that containers have of the host, when they are made and while they run. */
@org.jspecify.annotations.NullMarked
package dev.felucca.isolation.mount;
