/** Processes: launching programs of system calls, pidfds, and the one epoll loop. */
@Export
@Version("1.1.0")
@NullMarked
package dev.felucca.linux.process;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
