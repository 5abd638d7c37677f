/** Links between containers as Docker has had them from its beginnings. */
@NullMarked
package dev.felucca.net.link;

import org.jspecify.annotations.NullMarked;
