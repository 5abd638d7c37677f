/** Programs of system calls that isolation drivers share: the shim, an init, the way to execve. */
@NullMarked
package dev.felucca.isolation.program;

import org.jspecify.annotations.NullMarked;
