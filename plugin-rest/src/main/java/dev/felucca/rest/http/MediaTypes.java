package dev.felucca.rest.http;

/** The API's media types for process output. */
public final class MediaTypes {
  public static final String RAW = "application/vnd.docker.raw-stream";
  public static final String MULTIPLEXED = "application/vnd.docker.multiplexed-stream";

  private MediaTypes() {}

  /** The type of output: frames have one of their own since API 1.42. */
  public static String of(boolean framed, ApiVersion version) {
    return framed && version.atLeast(42) ? MULTIPLEXED : RAW;
  }
}
