/** Processes: launching programs of system calls, pidfds, and the one epoll loop. */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.1.0")
@org.jspecify.annotations.NullMarked
package dev.felucca.linux.process;
