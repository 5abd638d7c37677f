/** Threads for work that may block. */
@NullMarked
package dev.felucca.engine.work;

import org.jspecify.annotations.NullMarked;
