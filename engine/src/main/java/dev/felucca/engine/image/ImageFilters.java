package dev.felucca.engine.image;

import static dev.felucca.kernel.EngineException.Kind.INVALID;

import dev.felucca.engine.filter.Expression;
import dev.felucca.engine.filter.Filters;
import dev.felucca.engine.filter.GoTime;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.image.ImageDetails;
import dev.felucca.kernel.image.ImageReference;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The filters of the API's image list; several values of one key are alternatives. */
final class ImageFilters {
  private static final Set<String> KEYS =
      Set.of("dangling", "label", "before", "since", "reference", "until");

  private final ImageLookup lookup;
  private final Function<ImageRecord, ImageDetails> details;

  ImageFilters(ImageLookup lookup, Function<ImageRecord, ImageDetails> details) {
    this.lookup = lookup;
    this.details = details;
  }

  /** INVALID for a key that doesn't exist or a value that makes no sense. */
  Predicate<ImageDetails> predicate(Map<String, List<String>> filters) {
    List<Predicate<ImageDetails>> all = new ArrayList<>();
    Filters.check(filters, KEYS);
    filters.forEach(
        (key, values) -> {
          switch (key) {
            case "dangling" -> all.add(dangling(values));
            // Labels are the exception: all of them have to be there.
            case "label" ->
                values.forEach(
                    value -> all.add(image -> Filters.hasLabel(image.config().labels(), value)));
            case "before" -> all.add(created(values, -1));
            case "since" -> all.add(created(values, 1));
            case "until" -> {
              Instant until = earliest(values);
              all.add(
                  image ->
                      until != null && image.created() != null && image.created().isBefore(until));
            }
            default -> {} // reference: see references
          }
        });
    return image -> all.stream().allMatch(one -> one.test(image));
  }

  /**
   * The image with only those names that the reference filter lets through, or null when it lets
   * none; the image itself when there is no such filter.
   */
  @Nullable ImageDetails references(ImageDetails image, Map<String, List<String>> filters) {
    List<String> patterns = filters.getOrDefault("reference", List.of());
    if (patterns.isEmpty()) {
      return image;
    }
    List<Expression> globs = patterns.stream().map(ImageFilters::glob).toList();
    List<String> tags = matching(image.repoTags(), globs);
    List<String> digests = matching(image.repoDigests(), globs);
    return tags.isEmpty() && digests.isEmpty() ? null : named(image, tags, digests);
  }

  private static List<String> matching(List<String> names, List<Expression> globs) {
    return names.stream()
        .filter(
            name -> {
              String repository = ImageReference.parse(name).familiarName();
              return globs.stream().anyMatch(g -> g.matches(name) || g.matches(repository));
            })
        .toList();
  }

  private static ImageDetails named(ImageDetails image, List<String> tags, List<String> digests) {
    return new ImageDetails(
        image.id(),
        image.parent(),
        image.target(),
        tags,
        digests,
        image.created(),
        image.author(),
        image.comment(),
        image.platform(),
        image.config(),
        image.diffIds(),
        image.history(),
        image.size(),
        image.lastTagged());
  }

  private static Predicate<ImageDetails> dangling(List<String> values) {
    boolean wanted =
        switch (String.join(",", values)) {
          case "true", "1", "True", "TRUE", "t", "T" -> true;
          case "false", "0", "False", "FALSE", "f", "F" -> false;
          default -> throw new EngineException(INVALID, "invalid filter 'dangling=" + values + "'");
        };
    return image -> image.repoTags().isEmpty() == wanted;
  }

  private Predicate<ImageDetails> created(List<String> references, int direction) {
    List<Instant> times =
        references.stream()
            .map(reference -> details.apply(lookup.find(reference)).created())
            .map(time -> time == null ? Instant.EPOCH : time)
            .toList();
    return image -> {
      Instant own = image.created() == null ? Instant.EPOCH : image.created();
      return times.stream()
          .anyMatch(time -> direction < 0 ? own.isBefore(time) : own.isAfter(time));
    };
  }

  private static @Nullable Instant earliest(List<String> values) {
    return values.stream().map(GoTime::parse).min(Instant::compareTo).orElse(null);
  }

  private static String literal(char c) {
    return Character.isLetterOrDigit(c) || c > 127 ? String.valueOf(c) : "\\" + c;
  }

  /** Go's path.Match: {@code *} and {@code ?} stay within a component. */
  static Expression glob(String pattern) {
    StringBuilder regex = new StringBuilder();
    for (int i = 0; i < pattern.length(); i++) {
      char c = pattern.charAt(i);
      switch (c) {
        case '*' -> regex.append("[^/]*");
        case '?' -> regex.append("[^/]");
        case '[' -> {
          int end = pattern.indexOf(']', i + 2);
          if (end < 0) {
            throw new EngineException(INVALID, "syntax error in pattern");
          }
          String set = pattern.substring(i + 1, end).replace("\\", "\\\\").replace("[", "\\[");
          regex.append('[').append(set).append(']');
          i = end;
        }
        case '\\' -> {
          if (++i == pattern.length()) {
            throw new EngineException(INVALID, "syntax error in pattern");
          }
          regex.append(literal(pattern.charAt(i)));
        }
        default -> regex.append(literal(c));
      }
    }
    return new Expression(regex.toString(), "reference=" + pattern);
  }
}
