/** Volumes on the host's own file system, and the way into containers' roots. */
@NullMarked
package dev.felucca.volumes;

import org.jspecify.annotations.NullMarked;
