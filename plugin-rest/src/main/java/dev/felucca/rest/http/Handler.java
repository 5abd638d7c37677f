package dev.felucca.rest.http;

/** Answers a request, now or later. */
@FunctionalInterface
public interface Handler {
  /** What it throws is answered as {@link Refusal} says. */
  void handle(Exchange exchange) throws Exception;
}
