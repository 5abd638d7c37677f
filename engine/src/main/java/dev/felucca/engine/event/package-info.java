/** What happened, kept for a while and told to whoever listens. */
@NullMarked
package dev.felucca.engine.event;

import org.jspecify.annotations.NullMarked;
