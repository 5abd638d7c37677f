/** What the host can do, and what a container's specification comes to on it. */
@org.jspecify.annotations.NullMarked
package dev.felucca.isolation.linux.host;
