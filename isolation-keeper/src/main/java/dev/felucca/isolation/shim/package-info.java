/** Shims as the engine sees them: started, spoken to, found again. */
@org.jspecify.annotations.NullMarked
package dev.felucca.isolation.shim;
