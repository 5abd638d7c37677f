package dev.felucca.linux.process;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;

/**
 * The maps of a user namespace. In words, as an option of a mount has them: {@code
 * uids=0-100000-65536#…;gids=0-100000-65536}.
 */
public record IdMap(List<Range> uids, List<Range> gids) {
  /** What begins such an option. */
  public static final String OPTION = "idmap=";

  /** The highest id there is: 4294967295 means none. */
  private static final long LAST = 4294967294L;

  /** As the kernel shows those whom a map does not have. */
  private static final int NOBODY = 65534;

  /** {@code length} ids from {@code inside} on stand for those from {@code outside} on. */
  public record Range(long inside, long outside, long length) {}

  public IdMap {
    uids = List.copyOf(uids);
    gids = List.copyOf(gids);
  }

  /** The map among the options of a mount, if there is one. */
  public static Optional<IdMap> among(List<String> options) {
    return options.stream()
        .filter(option -> option.startsWith(OPTION))
        .map(option -> parse(option.substring(OPTION.length())))
        .findFirst();
  }

  /**
   * Reads one.
   *
   * @throws IllegalArgumentException for what is none
   */
  public static IdMap parse(String text) {
    List<Range> uids = new ArrayList<>();
    List<Range> gids = new ArrayList<>();
    for (String part : text.split(";", -1)) {
      if (part.startsWith("uids=")) {
        ranges(part.substring(5), uids);
      } else if (part.startsWith("gids=")) {
        ranges(part.substring(5), gids);
      } else {
        throw new IllegalArgumentException("not a map of ids: " + text);
      }
    }
    if (uids.isEmpty() || gids.isEmpty()) {
      throw new IllegalArgumentException("not a map of uids and gids: " + text);
    }
    return new IdMap(uids, gids);
  }

  private static void ranges(String text, List<Range> into) {
    for (String range : text.split("#", -1)) {
      String[] numbers = range.split("-", -1);
      if (numbers.length != 3) {
        throw new IllegalArgumentException("not a range of ids: " + range);
      }
      into.add(
          new Range(
              Long.parseLong(numbers[0]), Long.parseLong(numbers[1]), Long.parseLong(numbers[2])));
    }
  }

  /** Who has that uid outside is who inside; whom the map does not have is nobody. */
  public int insideUid(int uid) {
    return inside(uids, uid);
  }

  public int insideGid(int gid) {
    return inside(gids, gid);
  }

  private static int inside(List<Range> ranges, int id) {
    long number = id & 0xffffffffL;
    return ranges.stream()
        .filter(range -> number >= range.outside && number - range.outside < range.length)
        .map(range -> (int) (range.inside + number - range.outside))
        .findFirst()
        .orElse(NOBODY);
  }

  /** The other way round; empty for whom the map does not have. */
  public OptionalInt outsideUid(int uid) {
    return outside(uids, uid);
  }

  public OptionalInt outsideGid(int gid) {
    return outside(gids, gid);
  }

  private static OptionalInt outside(List<Range> ranges, int id) {
    long number = id & 0xffffffffL;
    return ranges.stream()
        .filter(range -> number >= range.inside && number - range.inside < range.length)
        .mapToInt(range -> (int) (range.outside + number - range.inside))
        .findFirst();
  }

  /**
   * The same, and root outside for an id that nobody has. Overlay makes its whiteouts and working
   * files as whoever mounted it; in a layer that is mounted with a map it could make none if the
   * map had no id for that.
   */
  IdMap withRoot() {
    return new IdMap(withRoot(uids), withRoot(gids));
  }

  private static List<Range> withRoot(List<Range> ranges) {
    if (ranges.stream().anyMatch(range -> range.outside == 0)) {
      return ranges;
    }
    long free = LAST;
    for (Optional<Range> has = holder(ranges, free); has.isPresent(); has = holder(ranges, free)) {
      free = has.get().inside - 1;
    }
    List<Range> all = new ArrayList<>(ranges);
    all.add(new Range(free, 0, 1));
    return all;
  }

  private static Optional<Range> holder(List<Range> ranges, long id) {
    return ranges.stream()
        .filter(range -> id >= range.inside && id - range.inside < range.length)
        .findFirst();
  }

  /** What is written to {@code uid_map}. */
  String uidLines() {
    return lines(uids);
  }

  /** What is written to {@code gid_map}. */
  String gidLines() {
    return lines(gids);
  }

  private static String lines(List<Range> ranges) {
    return ranges.stream()
        .map(range -> range.inside + " " + range.outside + " " + range.length + "\n")
        .collect(Collectors.joining());
  }
}
