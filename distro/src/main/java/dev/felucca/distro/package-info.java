/**
 * The launcher of the distribution: a framework, its bundles, and the word when the engine answers.
 */
@NullMarked
package dev.felucca.distro;

import org.jspecify.annotations.NullMarked;
