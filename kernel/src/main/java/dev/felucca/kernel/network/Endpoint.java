package dev.felucca.kernel.network;

/** An endpoint as it was made; the MAC address is empty where there is no interface. */
public record Endpoint(String id, String macAddress) {}
