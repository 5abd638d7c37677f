/** What a container's specification comes to on this host, in the kernel's words. */
@NullMarked
package dev.felucca.isolation.host;

import org.jspecify.annotations.NullMarked;
