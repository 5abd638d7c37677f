/** Containers: their state, what changes it, and how they are found again after a restart. */
@NullMarked
package dev.felucca.engine.container;

import org.jspecify.annotations.NullMarked;
