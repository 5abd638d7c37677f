/**
 * The network driver {@code bridge}: a Linux bridge for each network, a veth pair for each
 * container, one nftables table for all of them, wired by netlink.
 */
@NullMarked
package dev.felucca.net.bridge;

import org.jspecify.annotations.NullMarked;
