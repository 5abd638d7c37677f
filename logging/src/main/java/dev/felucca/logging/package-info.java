/** What bundles log through, and where it goes. */
@NullMarked
package dev.felucca.logging;

import org.jspecify.annotations.NullMarked;
