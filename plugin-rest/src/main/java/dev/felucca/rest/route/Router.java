package dev.felucca.rest.route;

import static dev.felucca.kernel.EngineException.Kind.NOT_FOUND;
import static dev.felucca.kernel.EngineException.Kind.NOT_IMPLEMENTED;
import static dev.felucca.kernel.EngineException.Kind.UNAVAILABLE;

import dev.felucca.kernel.EngineException;
import dev.felucca.rest.http.Dispatcher;
import dev.felucca.rest.http.Exchange;
import dev.felucca.rest.http.Handler;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The routes. A pattern is {@code /images/{name}/json}; a placeholder takes slashes too, as image
 * names have them. The first route that matches answers.
 */
public final class Router implements Dispatcher {
  /** Docker's words for what only a swarm manager can do. */
  public static final String NO_MANAGER =
      "This node is not a swarm manager. Use \"docker swarm init\" or \"docker swarm join\" to"
          + " connect this node to swarm and try again.";

  private static final Pattern PLACEHOLDER = Pattern.compile("\\{([a-z]+)}");
  private final Map<String, List<Route>> bySegment = new HashMap<>();

  /** Adds a route. */
  public Router add(Lane lane, String method, String pattern, Handler handler) {
    return add(new Route(method, pattern, handler, lane, false, false));
  }

  /** Adds a route whose body may be of any size: its handler reads {@link Exchange#upload}. */
  public Router addUpload(String method, String pattern, Handler handler) {
    return add(new Route(method, pattern, handler, Lane.WORK, false, true));
  }

  /** Adds a route whose answer may be a raw stream. */
  public Router addTakeOver(String method, String pattern, Handler handler) {
    return add(new Route(method, pattern, handler, Lane.WORK, true, false));
  }

  /** Adds a route that this engine knows and does not support. */
  public Router unsupported(String method, String pattern, String what) {
    return refuse(method, pattern, NOT_IMPLEMENTED, what + " is not supported by this engine");
  }

  /** Adds a route that is always refused, and how. */
  public Router refuse(String method, String pattern, EngineException.Kind kind, String words) {
    return add(
        Lane.LOOP,
        method,
        pattern,
        exchange -> {
          throw new EngineException(kind, words);
        });
  }

  /** Adds a route that belongs to swarm managers, which this engine never is. */
  public Router swarm(String method, String pattern) {
    return refuse(method, pattern, UNAVAILABLE, NO_MANAGER);
  }

  private Router add(Route route) {
    bySegment.computeIfAbsent(segment(route.pattern), s -> new ArrayList<>()).add(route);
    return this;
  }

  @Override
  public Found find(String method, String path) {
    for (Route route : bySegment.getOrDefault(segment(path), List.of())) {
      if (route.method.equals(method)) {
        Matcher matcher = route.regex.matcher(path);
        if (matcher.matches()) {
          return new Found(
              route.handler, route.lane, route.takesOver, route.uploads, route.names(matcher));
        }
      }
    }
    throw new EngineException(NOT_FOUND, "page not found");
  }

  private static String segment(String path) {
    int end = path.indexOf('/', 1);
    return end < 0 ? path : path.substring(0, end);
  }

  private static final class Route {
    private final String method;
    private final String pattern;
    private final Handler handler;
    private final Lane lane;
    private final boolean takesOver;
    private final boolean uploads;
    private final Pattern regex;
    private final List<String> names = new ArrayList<>();

    Route(
        String method,
        String pattern,
        Handler handler,
        Lane lane,
        boolean takesOver,
        boolean uploads) {
      this.method = method;
      this.pattern = pattern;
      this.handler = handler;
      this.lane = lane;
      this.takesOver = takesOver;
      this.uploads = uploads;
      Matcher placeholder = PLACEHOLDER.matcher(pattern);
      while (placeholder.find()) {
        names.add(placeholder.group(1));
      }
      regex = Pattern.compile(PLACEHOLDER.matcher(pattern).replaceAll("(.+)"), Pattern.DOTALL);
    }

    Map<String, String> names(Matcher matcher) {
      if (names.isEmpty()) {
        return Map.of();
      }
      Map<String, String> values = new LinkedHashMap<>();
      for (int i = 0; i < names.size(); i++) {
        values.put(names.get(i), matcher.group(i + 1));
      }
      return values;
    }
  }
}
