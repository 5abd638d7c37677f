package dev.felucca.rest.http;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.net.ssl.SSLException;

/** TLS in which both show a certificate: who has none of the authority's is not spoken to. */
public final class MutualTls {
  static final String HANDLER = "tls";

  private final SslContext context;

  private MutualTls(SslContext context) {
    this.context = context;
  }

  /**
   * All three files are PEM.
   *
   * @param authorities whose certificates clients may show
   * @param key of the certificate, in PKCS#8 and without a password
   * @throws IOException that names the file which is no good
   */
  public static MutualTls of(Path authorities, Path certificate, Path key) throws IOException {
    for (Path file : List.of(authorities, certificate, key)) {
      if (!Files.isReadable(file)) {
        throw new IOException("TLS: " + file + " can't be read");
      }
    }
    try {
      return new MutualTls(
          builder(certificate, key)
              .trustManager(authorities.toFile())
              .sslProvider(SslProvider.JDK)
              .clientAuth(ClientAuth.REQUIRE)
              .protocols("TLSv1.3", "TLSv1.2")
              .build());
    } catch (SSLException | IllegalArgumentException e) {
      throw new IOException("TLS: authorities " + authorities + ": " + reason(e), e);
    }
  }

  private static SslContextBuilder builder(Path certificate, Path key) throws IOException {
    try {
      return SslContextBuilder.forServer(certificate.toFile(), key.toFile());
    } catch (IllegalArgumentException e) {
      throw new IOException(
          "TLS: certificate " + certificate + " with key " + key + " (PKCS#8): " + reason(e), e);
    }
  }

  /** What the JDK said, below Netty's words. */
  private static String reason(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return String.valueOf(cause.getMessage());
  }

  ChannelHandler handler(Channel channel) {
    return context.newHandler(channel.alloc());
  }

  /** Of clients that do not speak TLS, or have no certificate: nothing is wrong here. */
  static boolean refused(Throwable failure) {
    return failure instanceof DecoderException && failure.getCause() instanceof SSLException;
  }
}
