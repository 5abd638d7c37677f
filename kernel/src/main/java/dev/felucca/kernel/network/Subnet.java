package dev.felucca.kernel.network;

/** One address range of a network: {@code 172.18.0.0/16} with the gateway's address. */
public record Subnet(Cidr cidr, String gateway) {}
