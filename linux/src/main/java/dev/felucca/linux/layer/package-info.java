/** File trees and the layers that make them: tar, whiteouts, copies, removal, by system calls. */
@Export
@Version("1.0.0")
@NullMarked
package dev.felucca.linux.layer;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
