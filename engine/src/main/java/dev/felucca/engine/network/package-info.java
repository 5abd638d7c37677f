/**
 * Networks: which there are, who has which address and port, and the files that tell a container.
 */
@NullMarked
package dev.felucca.engine.network;

import org.jspecify.annotations.NullMarked;
