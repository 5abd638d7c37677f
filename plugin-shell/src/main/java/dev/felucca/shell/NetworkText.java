package dev.felucca.shell;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.container.EndpointConfig;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * What {@code --network} takes: a network's name, or {@code name=NET,alias=…} by the docker CLI's
 * keys.
 */
final class NetworkText {
  private static final Pattern PAIRS = Pattern.compile("\\w+=\\w+(,\\w+=\\w+)*");

  private String name = "";
  private String ip = "";
  private String ip6 = "";
  private String mac = "";
  private int priority;
  private final List<String> linkLocal = new ArrayList<>();
  private final List<String> aliases = new ArrayList<>();
  private final Map<String, String> driverOptions = new LinkedHashMap<>();

  private NetworkText(String text) {
    if (!PAIRS.matcher(text).find()) {
      name = text;
      return;
    }
    for (String field : text.split(",", -1)) {
      int equals = field.indexOf('=');
      if (equals <= 0) {
        throw new EngineException(INVALID, "invalid field " + field);
      }
      take(
          field.substring(0, equals).strip().toLowerCase(Locale.ROOT),
          field.substring(equals + 1).strip());
    }
    if (name.isEmpty()) {
      throw new EngineException(INVALID, "network name/id is not specified");
    }
  }

  static NetworkText parse(String text) {
    return new NetworkText(text);
  }

  private void take(String key, String value) {
    switch (key) {
      case "name" -> name = value;
      case "alias" -> aliases.add(value);
      case "ip" -> ip = value;
      case "ip6" -> ip6 = value;
      case "mac-address" -> mac = value;
      case "link-local-ip" -> linkLocal.add(value);
      case "driver-opt" -> driverOption(value);
      case "gw-priority" -> priority = number(value);
      default -> throw new EngineException(INVALID, "invalid field key " + key);
    }
  }

  private void driverOption(String pair) {
    int equals = pair.indexOf('=');
    if (equals <= 0) {
      throw new EngineException(INVALID, "invalid key value pair format in driver options");
    }
    driverOptions.put(
        pair.substring(0, equals).strip().toLowerCase(Locale.ROOT),
        pair.substring(equals + 1).strip());
  }

  private static int number(String value) {
    try {
      return Integer.parseInt(value);
    } catch (NumberFormatException e) {
      throw new EngineException(INVALID, "invalid gw-priority: " + value, e);
    }
  }

  String name() {
    return name;
  }

  EndpointConfig endpoint() {
    return new EndpointConfig(ip, ip6, linkLocal, List.of(), aliases, mac, driverOptions, priority);
  }
}
