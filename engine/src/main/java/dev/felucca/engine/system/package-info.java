/** The engine about itself and its host. */
@NullMarked
package dev.felucca.engine.system;

import org.jspecify.annotations.NullMarked;
