/**
 * Docker's json-file logs, and its local ones in their form: one JSON object a line, rotated by
 * size, exact across a crash of the engine.
 */
@NullMarked
package dev.felucca.log.json;

import org.jspecify.annotations.NullMarked;
