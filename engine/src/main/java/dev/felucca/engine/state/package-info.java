/** State files: one JSON file per thing, replaced whole. */
@NullMarked
package dev.felucca.engine.state;

import org.jspecify.annotations.NullMarked;
