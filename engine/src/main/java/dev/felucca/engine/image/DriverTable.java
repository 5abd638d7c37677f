package dev.felucca.engine.image;

import java.io.IOException;

/**
 * How this package reaches drivers of one kind by name: the driver stays for the length of the
 * call. UNAVAILABLE, naming the driver, when it isn't there.
 */
public interface DriverTable<D> {
  <R> R use(String name, Call<D, R> call) throws IOException;

  /** What is done with the driver while it is held. */
  @FunctionalInterface
  interface Call<D, R> {
    R on(D driver) throws IOException;
  }
}
