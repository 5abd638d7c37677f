/** What the host can do, and what a container's specification comes to on it. */
@NullMarked
package dev.felucca.isolation.linux.host;

import org.jspecify.annotations.NullMarked;
