/** Checks of the whole tree, made where the whole tree is built, and tests of the launcher. */
@NullMarked
package dev.felucca.distro;

import org.jspecify.annotations.NullMarked;
