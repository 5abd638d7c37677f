package dev.felucca.isolation.seccomp;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.kernel.EngineException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * Compiled filters, kept: nearly every container has the same profile and capabilities. Safe for
 * any number of threads.
 */
public final class SeccompFilters {
  private static final int KEPT = 64;
  private static final String DEFAULT = "default.json";

  private record Key(String json, SeccompTarget target) {}

  private static final class DefaultProfile {
    private static final String JSON = load();

    private static String load() {
      try (InputStream in = SeccompFilters.class.getResourceAsStream(DEFAULT)) {
        return new String(
            Objects.requireNonNull(in, DEFAULT).readAllBytes(), StandardCharsets.UTF_8);
      } catch (IOException e) {
        throw new UncheckedIOException("read " + DEFAULT, e);
      }
    }
  }

  private final Map<Key, byte[]> kept =
      new LinkedHashMap<>(KEPT, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, byte[]> eldest) {
          return size() > KEPT;
        }
      };

  /** The profile a container gets when none is named: in effect Docker 28's. */
  public static String defaultProfile() {
    return DefaultProfile.JSON;
  }

  /** INVALID for a profile that wants to ask somebody: nobody here would answer. */
  static void refuseNotify(SeccompProfile profile) {
    for (SeccompProfile.Rule rule : profile.rules()) {
      if (rule.action() == SeccompAction.NOTIFY) {
        throw new EngineException(
            INVALID, "SCMP_ACT_NOTIFY needs a listener, which containers here have not");
      }
    }
  }

  /**
   * The filter for a profile's JSON, see {@link SeccompCompiler#compile} for refusals. The array is
   * the caller's.
   */
  public byte[] filter(String json, SeccompTarget target) {
    Key key = new Key(json, target);
    synchronized (kept) {
      byte[] known = kept.get(key);
      if (known != null) return known.clone();
    }
    SeccompProfile profile = SeccompProfileReader.read(json);
    refuseNotify(profile);
    byte[] made = SeccompCompiler.compile(profile, target);
    synchronized (kept) {
      kept.put(key, made);
    }
    return made.clone();
  }
}
