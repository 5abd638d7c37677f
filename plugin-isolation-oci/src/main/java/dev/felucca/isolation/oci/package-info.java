/** Isolation drivers that have an OCI runtime make their containers. */
@org.jspecify.annotations.NullMarked
package dev.felucca.isolation.oci;
