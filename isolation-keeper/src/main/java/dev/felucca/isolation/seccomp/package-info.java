/** Docker seccomp profiles and their compilation to classic BPF. */
@NullMarked
package dev.felucca.isolation.seccomp;

import org.jspecify.annotations.NullMarked;
