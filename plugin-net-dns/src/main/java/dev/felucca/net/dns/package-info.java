/**
 * Answers names inside containers: one thread for all of them, a UDP and a TCP socket in each one's
 * network namespace.
 */
@NullMarked
package dev.felucca.net.dns;

import org.jspecify.annotations.NullMarked;
