package dev.felucca.engine.content;

import dev.felucca.kernel.Digest;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.Provider;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;

/**
 * Hashes for content of any size: by whatever bundle has a quick one, else the JDK's, which takes
 * ten times as long in a JVM with only the first compiler.
 */
@Component(service = Hashes.class)
public final class Hashes {
  private final List<Provider> providers = new CopyOnWriteArrayList<>();

  @Reference(
      cardinality = ReferenceCardinality.MULTIPLE,
      policy = ReferencePolicy.DYNAMIC,
      target = "(felucca.provides=hashes)")
  void bindProvider(Provider provider) {
    providers.add(provider);
  }

  void unbindProvider(Provider provider) {
    providers.remove(provider);
  }

  public MessageDigest sha256() {
    for (Provider provider : providers) {
      if (provider.getService("MessageDigest", "SHA-256") != null) {
        try {
          return MessageDigest.getInstance("SHA-256", provider);
        } catch (NoSuchAlgorithmException e) {
          throw new IllegalStateException(provider + " has withdrawn SHA-256", e);
        }
      }
    }
    return Digest.newSha256();
  }

  /** A hash of the digest's algorithm. */
  public MessageDigest of(Digest digest) {
    return digest.algorithm().equals("sha256") ? sha256() : digest.newHash();
  }
}
