package dev.felucca.linux.hash;

import java.security.Provider;
import java.util.List;
import java.util.Map;
import org.osgi.service.component.annotations.Component;

/**
 * Hashes for who has gigabytes of them to do, as a service of the JDK's own kind. It is not
 * installed in the JVM, which is not ours alone; it has nothing where the processor can't help.
 */
@Component(service = Provider.class, property = "felucca.provides=hashes")
public final class FastHashes extends Provider {
  private static final long serialVersionUID = 1L;

  public FastHashes() {
    super("Felucca", "1", "SHA-256 by the processor's instructions");
    if (Sha256Code.usable()) {
      putService(new Sha256Service(this));
    }
  }

  private static final class Sha256Service extends Service {
    Sha256Service(Provider provider) {
      super(provider, "MessageDigest", "SHA-256", Sha256.class.getName(), List.of(), Map.of());
    }

    @Override
    public Object newInstance(Object parameter) {
      return new Sha256();
    }
  }
}
