package dev.felucca.net.bridge;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** Settings of {@link BridgeNetworkDriver}. */
@ObjectClassDefinition(name = "Bridge networks")
public @interface BridgeConfig {
  @AttributeDefinition(
      name = "Default bridge",
      description = "Interface of the network \"bridge\" where its options name none.")
  String bridge() default "felucca0";

  @AttributeDefinition(
      name = "Switch on forwarding",
      description = "Set net.ipv4.ip_forward when a network is made that is not internal.")
  boolean ip_forward() default true;

  @AttributeDefinition(
      name = "Published ports are for",
      description =
          "Ranges of addresses, as 10.0.0.0/8, of the other hosts that may reach published ports. Empty:"
              + " all. The host itself and its containers always may.")
  String[] published_from() default {};
}
