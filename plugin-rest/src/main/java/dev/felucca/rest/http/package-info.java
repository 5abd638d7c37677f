/** HTTP over Netty: connections, exchanges, streamed bodies and hijacked connections. */
@NullMarked
package dev.felucca.rest.http;

import org.jspecify.annotations.NullMarked;
