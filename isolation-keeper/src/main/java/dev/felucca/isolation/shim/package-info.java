/** Shims as the engine sees them: started, spoken to, found again. */
@NullMarked
package dev.felucca.isolation.shim;

import org.jspecify.annotations.NullMarked;
