/** Users and groups as a container's own files name them. */
@org.jspecify.annotations.NullMarked
package dev.felucca.isolation.user;
