package dev.felucca.rest;

import dev.felucca.kernel.network.Cidr;
import dev.felucca.rest.http.HttpServer;
import dev.felucca.rest.http.MutualTls;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.Designate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves the Docker Engine API as long as its bundle is started, whichever of the engine's services
 * are there.
 */
@Component(service = RestServer.class, immediate = true, configurationPid = "dev.felucca.rest")
@Designate(ocd = RestConfig.class)
public final class RestServer {
  private static final Logger LOG = LoggerFactory.getLogger(RestServer.class);
  private static final String SOCKET = "felucca.socket";
  private static final String DEFAULT_SOCKET = "/run/felucca/felucca.sock";
  private static final long ARRIVAL_MILLISECONDS = 60_000;
  private final HttpServer server;

  @Activate
  public RestServer(BundleContext bundle, @Reference KernelServices services, RestConfig config)
      throws IOException {
    this(
        services,
        Path.of(socket(config.socket(), bundle.getProperty(SOCKET))),
        config.group(),
        mode(config.mode()),
        config.tcp(),
        tls(List.of(config.tlsCa(), config.tlsCert(), config.tlsKey())));
  }

  RestServer(
      KernelServices services,
      Path socket,
      String group,
      Set<PosixFilePermission> mode,
      String tcp,
      @Nullable MutualTls tls)
      throws IOException {
    InetSocketAddress address = tcp.isEmpty() ? null : address(tcp, tls != null);
    server = new HttpServer(Api.routes(services), ARRIVAL_MILLISECONDS);
    try {
      server.listen(socket, group, mode);
      LOG.info("the Docker Engine API is served on unix://{}", socket);
      server.warmUp(new WarmUp(socket));
      if (address != null && tls != null) {
        LOG.info(
            "the Docker Engine API is served on tcp:/{} to clients with a certificate",
            server.listen(address, tls));
      } else if (address != null) {
        LOG.warn(
            "the Docker Engine API is served on tcp:/{} too: everybody on this host can use it",
            server.listen(address, null));
      }
    } catch (IOException | RuntimeException e) {
      server.close();
      throw e;
    }
  }

  private static String socket(String configured, @Nullable String property) {
    if (!configured.isEmpty()) {
      return configured;
    }
    return property == null || property.isEmpty() ? DEFAULT_SOCKET : property;
  }

  /** Octal digits as permissions. */
  static Set<PosixFilePermission> mode(String octal) {
    int bits = Integer.parseInt(octal, 8);
    Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
    PosixFilePermission[] all = PosixFilePermission.values();
    for (int i = 0; i < all.length; i++) {
      if ((bits & 0400 >> i) != 0) {
        permissions.add(all[i]);
      }
    }
    return permissions;
  }

  /** Null where no file is named: a part of them is a mistake, and not taken for none. */
  static @Nullable MutualTls tls(List<String> files) throws IOException {
    if (files.stream().allMatch(String::isEmpty)) {
      return null;
    }
    if (files.stream().anyMatch(String::isEmpty)) {
      throw new IOException("tlsCa, tlsCert and tlsKey go together: one of them is missing");
    }
    return MutualTls.of(Path.of(files.get(0)), Path.of(files.get(1)), Path.of(files.get(2)));
  }

  /** Without TLS only loopback, for whoever reaches the port is root on this host. */
  static InetSocketAddress address(String text, boolean tls) throws IOException {
    int colon = text.lastIndexOf(':');
    String host = colon < 0 ? "" : text.substring(0, colon).replaceAll("[\\[\\]]", "");
    InetAddress address =
        host.equals("localhost") ? InetAddress.getLoopbackAddress() : Cidr.address(host);
    if (!tls && !address.isLoopbackAddress()) {
      throw new IOException("tcp address " + text + " is not loopback: refused without TLS");
    }
    return new InetSocketAddress(address, Integer.parseInt(text.substring(colon + 1)));
  }

  @Deactivate
  public void close() throws IOException {
    server.close();
  }
}
