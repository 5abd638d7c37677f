/**
 * Netlink: messages as plain values that can be built, compared and printed without root, and the
 * sockets that carry them. Routing messages (links, addresses, routes) are here; firewall messages
 * are in {@code dev.felucca.linux.nftables}.
 */
@Export
@Version("1.0.0")
@NullMarked
package dev.felucca.linux.netlink;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
