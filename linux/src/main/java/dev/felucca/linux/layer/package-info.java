/** File trees and the layers that make them: tar, whiteouts, copies, removal, by system calls. */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
@org.jspecify.annotations.NullMarked
package dev.felucca.linux.layer;
