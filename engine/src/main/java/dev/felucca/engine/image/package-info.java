/** Images: references, pulling, unpacking, removal and what is left over. */
@NullMarked
package dev.felucca.engine.image;

import org.jspecify.annotations.NullMarked;
