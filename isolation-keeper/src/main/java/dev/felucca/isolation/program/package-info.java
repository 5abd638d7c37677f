/** Programs of system calls that isolation drivers share: the shim, an init, the way to execve. */
@org.jspecify.annotations.NullMarked
package dev.felucca.isolation.program;
