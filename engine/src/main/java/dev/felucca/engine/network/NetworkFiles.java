package dev.felucca.engine.network;

import java.util.List;

/** The content of a container's hosts file, line by line as Docker writes it. */
public final class NetworkFiles {
  private NetworkFiles() {}

  /** An entry given by hand: {@code name:address}. */
  public record ExtraHost(String name, String address) {}

  /**
   * hosts(5) for a container.
   *
   * @param ipv6 whether the host has IPv6 at all
   * @param addresses the container's own, each given the container's names
   */
  public static String hosts(
      boolean ipv6,
      List<ExtraHost> extra,
      List<String> addresses,
      String hostname,
      String domainname) {
    StringBuilder text = new StringBuilder("127.0.0.1\tlocalhost\n");
    if (ipv6) {
      text.append("::1\tlocalhost ip6-localhost ip6-loopback\n")
          .append("fe00::\tip6-localnet\n")
          .append("ff00::\tip6-mcastprefix\n")
          .append("ff02::1\tip6-allnodes\n")
          .append("ff02::2\tip6-allrouters\n");
    }
    appendExtra(text, extra);
    for (String address : addresses) {
      text.append(address).append('\t').append(names(hostname, domainname)).append('\n');
    }
    return text.toString();
  }

  /** The host's own file with entries added, for a container on the host's network. */
  public static String hosts(String hostFile, List<ExtraHost> extra) {
    StringBuilder text = new StringBuilder(hostFile);
    if (!hostFile.isEmpty() && !hostFile.endsWith("\n")) {
      text.append('\n');
    }
    appendExtra(text, extra);
    return text.toString();
  }

  private static void appendExtra(StringBuilder text, List<ExtraHost> extra) {
    extra.forEach(
        host -> text.append(host.address()).append('\t').append(host.name()).append('\n'));
  }

  private static String names(String hostname, String domainname) {
    String full = domainname.isEmpty() ? hostname : hostname + "." + domainname;
    int dot = full.indexOf('.');
    return dot < 0 ? full : full + " " + full.substring(0, dot);
  }
}
