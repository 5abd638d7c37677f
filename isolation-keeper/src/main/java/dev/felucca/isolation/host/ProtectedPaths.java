package dev.felucca.isolation.host;

import dev.felucca.kernel.isolation.Security;
import java.util.List;

/** What Docker hides and write-protects below /proc and /sys. */
public final class ProtectedPaths {
  public static final List<String> MASKED = Security.MASKED_PATHS;

  public static final List<String> READ_ONLY = Security.READONLY_PATHS;

  private ProtectedPaths() {}
}
