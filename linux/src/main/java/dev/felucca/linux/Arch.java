package dev.felucca.linux;

/** The processor architectures that have system call numbers and interpreter code here. */
public enum Arch {
  X86_64,
  AARCH64;

  /**
   * The architecture of this JVM.
   *
   * @throws UnsupportedOperationException on any other
   */
  public static Arch current() {
    String name = System.getProperty("os.arch", "");
    return switch (name) {
      case "amd64", "x86_64" -> X86_64;
      case "aarch64" -> AARCH64;
      default ->
          throw new UnsupportedOperationException(
              "no system call numbers for architecture " + name);
    };
  }
}
