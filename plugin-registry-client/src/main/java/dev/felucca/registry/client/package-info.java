/** The distribution protocol over the JDK's HTTP client. */
@NullMarked
package dev.felucca.registry.client;

import org.jspecify.annotations.NullMarked;
