/** Drivers by kind and name: the one way from the engine to a driver. */
@NullMarked
package dev.felucca.engine.driver;

import org.jspecify.annotations.NullMarked;
