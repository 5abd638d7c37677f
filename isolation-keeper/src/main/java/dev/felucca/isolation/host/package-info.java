/** What a container's specification comes to on this host, in the kernel's words. */
@org.jspecify.annotations.NullMarked
package dev.felucca.isolation.host;
