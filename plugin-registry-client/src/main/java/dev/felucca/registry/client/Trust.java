package dev.felucca.registry.client;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/** Whose certificates are believed, and which we show. */
final class Trust {
  private static final char[] NO_PASSWORD = {};

  private Trust() {}

  /**
   * @param lenient for registries configured as insecure only
   */
  static SSLContext context(Certificates.Found found, boolean lenient) throws IOException {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      TrustManager[] trusted =
          lenient ? new TrustManager[] {new Everyone()} : authorities(found.ending(".crt"));
      context.init(keys(found.ending(".cert")), trusted, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IOException("certificates of a registry: " + e.getMessage(), e);
    }
  }

  /**
   * ChaCha20 before AES: a JVM without its second compiler, as ours, does AES with Galois counters
   * at 15 MB a second and ChaCha20 at a hundred. Most registries' servers leave the choice to us.
   */
  static SSLParameters preferences(SSLContext context) {
    SSLParameters parameters = context.getDefaultSSLParameters();
    String[] suites = parameters.getCipherSuites();
    Arrays.sort(suites, Comparator.comparing(suite -> !suite.contains("CHACHA20")));
    parameters.setCipherSuites(suites);
    return parameters;
  }

  /** Those of the JDK and these; null leaves it at the JDK's. */
  private static TrustManager @Nullable [] authorities(List<Path> files)
      throws IOException, GeneralSecurityException {
    if (files.isEmpty()) {
      return null;
    }
    KeyStore store = empty();
    int number = 0;
    for (TrustManager manager : managers(null)) {
      if (manager instanceof X509TrustManager x509) {
        for (X509Certificate known : x509.getAcceptedIssuers()) {
          store.setCertificateEntry("jdk-" + number++, known);
        }
      }
    }
    for (Path file : files) {
      for (Certificate own : certificates(file)) {
        store.setCertificateEntry("own-" + number++, own);
      }
    }
    return managers(store);
  }

  private static TrustManager[] managers(@Nullable KeyStore store) throws GeneralSecurityException {
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    return factory.getTrustManagers();
  }

  private static KeyManager @Nullable [] keys(List<Path> files)
      throws IOException, GeneralSecurityException {
    if (files.isEmpty()) {
      return null;
    }
    KeyStore store = empty();
    for (Path file : files) {
      Path key = Path.of(file.toString().replaceFirst("\\.cert$", ".key"));
      if (!Files.exists(key)) {
        throw new IOException("certificate " + file + " has no key " + key);
      }
      List<Certificate> chain = certificates(file);
      PrivateKey secret = PrivateKeys.read(key, chain.get(0).getPublicKey().getAlgorithm());
      store.setKeyEntry(file.toString(), secret, NO_PASSWORD, chain.toArray(new Certificate[0]));
    }
    KeyManagerFactory factory =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(store, NO_PASSWORD);
    return factory.getKeyManagers();
  }

  private static KeyStore empty() throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }

  private static List<Certificate> certificates(Path file)
      throws IOException, GeneralSecurityException {
    try (InputStream in = new ByteArrayInputStream(Files.readAllBytes(file))) {
      List<Certificate> found =
          new ArrayList<>(CertificateFactory.getInstance("X.509").generateCertificates(in));
      if (found.isEmpty()) {
        throw new IOException(file + " holds no certificate");
      }
      return found;
    } catch (GeneralSecurityException e) {
      throw new IOException(file + ": " + e.getMessage(), e);
    }
  }

  /** The extended kind: the JDK checks host names on behalf of any other. */
  private static final class Everyone extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
