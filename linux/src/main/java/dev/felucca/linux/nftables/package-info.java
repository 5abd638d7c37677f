/**
 * nftables over netlink: tables, chains, sets, maps and rules, changed in transactions. What {@code
 * nft} would be asked, without {@code nft}.
 */
@Export
@Version("1.0.0")
@NullMarked
package dev.felucca.linux.nftables;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
