package dev.felucca.kernel.image;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.kernel.Digest;
import dev.felucca.kernel.EngineException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A normalised reference, as Docker reads one: {@code debian} is {@code docker.io/library/debian}.
 *
 * @param domain the registry, with its port if it has one: {@code docker.io}, {@code
 *     127.0.0.1:5000}
 * @param path the repository inside it: {@code library/debian}
 * @param tag null when none was given
 * @param digest null when none was given
 */
public record ImageReference(
    String domain, String path, @Nullable String tag, @Nullable Digest digest) {
  public static final String DEFAULT_DOMAIN = "docker.io";
  private static final String LIBRARY = "library/";
  private static final Pattern TAG = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]{0,127}");
  private static final Pattern DOMAIN =
      Pattern.compile(
          "(?:\\[[0-9a-fA-F:]+\\]|(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])"
              + "(?:\\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))*)(?::[0-9]+)?");
  private static final String COMPONENT = "[a-z0-9]++(?:(?:\\.|_{1,2}|-+)[a-z0-9]++)*+";
  private static final Pattern PATH = Pattern.compile(COMPONENT + "(?:/" + COMPONENT + ")*+");
  private static final Pattern DIGEST =
      Pattern.compile("[A-Za-z][A-Za-z0-9]*([-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}");
  private static final Pattern HEX64 = Pattern.compile("[0-9a-f]{64}");

  public ImageReference {
    if (!DOMAIN.matcher(domain).matches() || !PATH.matcher(path).matches()) {
      throw new EngineException(INVALID, "invalid reference format");
    }
    if (domain.length() + 1 + path.length() > 255) {
      throw new EngineException(INVALID, "repository name must not be more than 255 characters");
    }
    if (tag != null && !TAG.matcher(tag).matches()) {
      throw new EngineException(INVALID, "invalid tag format");
    }
  }

  /**
   * Reads a reference as a person types it; a bare 64-digit hexadecimal name is refused as Docker
   * does.
   */
  public static ImageReference parse(String text) {
    if (HEX64.matcher(text).matches()) {
      throw new EngineException(
          INVALID,
          "invalid repository name (" + text + "), cannot specify 64-byte hexadecimal strings");
    }
    String rest = text;
    Digest digest = null;
    int at = rest.indexOf('@');
    if (at >= 0) {
      String told = rest.substring(at + 1);
      if (!DIGEST.matcher(told).matches()) {
        throw new EngineException(INVALID, "invalid reference format");
      }
      digest = Digest.parse(told);
      rest = rest.substring(0, at);
    }
    String tag = null;
    int colon = rest.lastIndexOf(':');
    if (colon > rest.lastIndexOf('/')) {
      tag = rest.substring(colon + 1);
      if (!TAG.matcher(tag).matches()) {
        throw new EngineException(INVALID, "invalid reference format");
      }
      rest = rest.substring(0, colon);
    }
    int slash = rest.indexOf('/');
    String domain = DEFAULT_DOMAIN;
    String path = rest;
    if (slash > 0 && isDomain(rest.substring(0, slash))) {
      domain = rest.substring(0, slash);
      path = rest.substring(slash + 1);
    }
    if (domain.equals("index.docker.io")) {
      domain = DEFAULT_DOMAIN;
    }
    if (domain.equals(DEFAULT_DOMAIN) && path.indexOf('/') < 0) {
      path = LIBRARY + path;
    }
    if (!path.equals(path.toLowerCase(Locale.ROOT))) {
      throw new EngineException(
          INVALID, "invalid reference format: repository name (" + path + ") must be lowercase");
    }
    return new ImageReference(domain, path, tag, digest);
  }

  private static boolean isDomain(String first) {
    return first.indexOf('.') >= 0
        || first.indexOf(':') >= 0
        || first.equals("localhost")
        || !first.equals(first.toLowerCase(Locale.ROOT));
  }

  /** With {@code latest} where neither a tag nor a digest was given. */
  public ImageReference withDefaultTag() {
    return tag == null && digest == null ? withTag("latest") : this;
  }

  public ImageReference withTag(String newTag) {
    return new ImageReference(domain, path, newTag, null);
  }

  public ImageReference withDigest(Digest newDigest) {
    return new ImageReference(domain, path, null, newDigest);
  }

  /** The repository's full name: {@code docker.io/library/debian}. */
  public String name() {
    return domain + "/" + path;
  }

  /**
   * The repository as people see it: {@code debian}, {@code user/app}, {@code 127.0.0.1:5000/app}.
   */
  public String familiarName() {
    if (!domain.equals(DEFAULT_DOMAIN)) {
      return name();
    }
    return path.startsWith(LIBRARY) && path.indexOf('/', LIBRARY.length()) < 0
        ? path.substring(LIBRARY.length())
        : path;
  }

  /** The whole reference as people see it. */
  public String familiar() {
    return familiarName() + suffix();
  }

  @Override
  public String toString() {
    return name() + suffix();
  }

  private String suffix() {
    return (tag == null ? "" : ":" + tag) + (digest == null ? "" : "@" + digest);
  }

  /** True when {@code text} could be the start of an image's hexadecimal id. */
  public static boolean looksLikeId(String text) {
    Matcher matcher = Pattern.compile("(?:sha256:)?[0-9a-f]{1,64}").matcher(text);
    return matcher.matches();
  }
}
