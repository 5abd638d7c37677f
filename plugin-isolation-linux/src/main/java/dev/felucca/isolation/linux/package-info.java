/** The isolation driver "linux". */
@org.jspecify.annotations.NullMarked
package dev.felucca.isolation.linux;
