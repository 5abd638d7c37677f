package dev.felucca.net.bridge;

import dev.felucca.kernel.network.EndpointSpec;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The sysctls of one interface, as {@code net.ipv4.conf.IFNAME.log_martians=1}; the engine has
 * looked at how they are written.
 */
final class EndpointSysctls {
  private static final String OPTION = "com.docker.network.endpoint.sysctls";

  private EndpointSysctls() {}

  /** By path below {@code /proc/sys}: an interface's name may have dots of its own. */
  static Map<String, String> of(EndpointSpec endpoint) {
    Map<String, String> values = new LinkedHashMap<>();
    String option = endpoint.options().getOrDefault(OPTION, "");
    for (String sysctl : option.isEmpty() ? new String[0] : option.split(",")) {
      int equals = sysctl.indexOf('=');
      String[] name = sysctl.substring(0, equals).split("\\.", 5);
      name[3] = endpoint.interfaceName();
      values.put(String.join("/", name), sysctl.substring(equals + 1));
    }
    return values;
  }
}
