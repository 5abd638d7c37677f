/** The isolation driver "linux". */
@NullMarked
package dev.felucca.isolation.linux;

import org.jspecify.annotations.NullMarked;
