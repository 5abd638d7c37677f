/** Output on its way to logs and clients, and input on its way in. */
@NullMarked
package dev.felucca.engine.stream;

import org.jspecify.annotations.NullMarked;
