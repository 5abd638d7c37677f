package dev.felucca.kernel.container;

/**
 * When the engine starts a container again that has ended.
 *
 * @param name empty or {@code no}, {@code on-failure}, {@code always}, {@code unless-stopped}
 * @param maximumRetryCount for {@code on-failure}; 0 is without end
 */
public record RestartPolicy(String name, int maximumRetryCount) {
  public static final RestartPolicy NO = new RestartPolicy("no", 0);
}
