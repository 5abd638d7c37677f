/** Output of processes on its way to a sink. */
@org.jspecify.annotations.NullMarked
package dev.felucca.isolation.output;
