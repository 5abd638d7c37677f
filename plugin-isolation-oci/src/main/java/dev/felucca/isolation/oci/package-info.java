/** Isolation drivers that have an OCI runtime make their containers. */
@NullMarked
package dev.felucca.isolation.oci;

import org.jspecify.annotations.NullMarked;
