package dev.felucca.net.link;

import dev.felucca.kernel.network.LinkRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** The variables of a link, in Docker's order. */
final class LinkEnvironment {
  /** Set by image builds; they say nothing of the container. */
  private static final Set<String> NOT_TOLD = Set.of("HOME", "PATH");

  private final List<String> all = new ArrayList<>();
  private final String prefix;
  private final String address;

  private LinkEnvironment(LinkRequest request) {
    this.prefix = request.alias().toUpperCase(Locale.ROOT).replace('-', '_');
    this.address = request.targetAddress();
  }

  static List<String> of(LinkRequest request, List<Port> ports) {
    LinkEnvironment environment = new LinkEnvironment(request);
    if (!ports.isEmpty()) {
      environment.add("_PORT", ports.get(0).url(request.targetAddress()));
    }
    environment.ranges(ports);
    ports.forEach(environment::port);
    environment.add("_NAME", "/" + request.container() + "/" + request.alias());
    for (String variable : request.targetEnvironment()) {
      int equals = variable.indexOf('=');
      if (equals > 0 && !NOT_TOLD.contains(variable.substring(0, equals))) {
        environment.add("_ENV_" + variable.substring(0, equals), variable.substring(equals + 1));
      }
    }
    return environment.all;
  }

  private void add(String name, String value) {
    all.add(prefix + name + "=" + value);
  }

  private void port(Port port) {
    String name = "_PORT_" + port.word();
    add(name, port.url(address));
    add(name + "_ADDR", address);
    add(name + "_PORT", Integer.toString(port.number()));
    add(name + "_PROTO", port.protocol());
  }

  /** Ports that follow each other are told as a range, before they are told one by one. */
  private void ranges(List<Port> ports) {
    for (int from = 0; from < ports.size(); from++) {
      int to = from;
      while (to + 1 < ports.size() && follows(ports.get(to), ports.get(to + 1))) {
        to++;
      }
      if (to > from) {
        range(ports.get(from), ports.get(to));
        from = to;
      }
    }
  }

  private static boolean follows(Port one, Port next) {
    return one.protocol().equals(next.protocol()) && next.number() == one.number() + 1;
  }

  private void range(Port first, Port last) {
    String name = "_PORT_" + first.word();
    add(name + "_START", first.url(address));
    add(name + "_ADDR", address);
    add(name + "_PROTO", first.protocol());
    add(name + "_PORT_START", Integer.toString(first.number()));
    add(name + "_END", last.url(address));
    add(name + "_PORT_END", Integer.toString(last.number()));
  }
}
