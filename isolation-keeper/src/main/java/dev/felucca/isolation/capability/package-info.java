/** Linux capabilities: names, bits, Docker's default set and its add and drop rules. */
@NullMarked
package dev.felucca.isolation.capability;

import org.jspecify.annotations.NullMarked;
