/**
 * Containers in the host's own network, and containers with a loopback interface and nothing else.
 */
@NullMarked
package dev.felucca.net.host;

import org.jspecify.annotations.NullMarked;
