package dev.felucca.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/**
 * The uid and gid maps of a user namespace, as user_namespaces(7) has them. In words: {@code
 * uids=0-100000-65536#…;gids=0-100000-65536}.
 */
public record IdMapping(List<Range> uids, List<Range> gids) {
  /** As many as the kernel takes. */
  private static final int MOST = 340;

  /** {@code length} ids from {@code container} inside stand for those from {@code host} outside. */
  public record Range(long container, long host, long length) {
    /** The highest id there is; 4294967295 means none. */
    private static final long LAST = 4294967294L;

    public Range {
      if (container < 0
          || host < 0
          || length < 1
          || length > LAST
          || container + length - 1 > LAST
          || host + length - 1 > LAST) {
        throw invalid("no such range of ids: " + container + "-" + host + "-" + length);
      }
    }

    private boolean overlaps(Range other) {
      return overlap(container, length, other.container, other.length)
          || overlap(host, length, other.host, other.length);
    }

    private static boolean overlap(long a, long lengthOfA, long b, long lengthOfB) {
      return a < b + lengthOfB && b < a + lengthOfA;
    }

    private String words() {
      return container + "-" + host + "-" + length;
    }
  }

  public IdMapping {
    uids = checked(uids);
    gids = checked(gids);
  }

  private static List<Range> checked(List<Range> ranges) {
    if (ranges.isEmpty() || ranges.size() > MOST) {
      throw invalid("a map of ids has 1 to " + MOST + " ranges, not " + ranges.size());
    }
    for (int i = 0; i < ranges.size(); i++) {
      for (int j = 0; j < i; j++) {
        if (ranges.get(i).overlaps(ranges.get(j))) {
          throw invalid(
              "ranges of ids overlap: " + ranges.get(j).words() + " and " + ranges.get(i).words());
        }
      }
    }
    return List.copyOf(ranges);
  }

  /**
   * Reads one from its words.
   *
   * @throws EngineException INVALID for what is none
   */
  public static IdMapping parse(String words) {
    List<Range> uids = List.of();
    List<Range> gids = List.of();
    for (String part : words.split(";", -1)) {
      if (part.startsWith("uids=") && uids.isEmpty()) {
        uids = ranges(part.substring(5), words);
      } else if (part.startsWith("gids=") && gids.isEmpty()) {
        gids = ranges(part.substring(5), words);
      } else {
        throw notOne(words);
      }
    }
    if (uids.isEmpty() || gids.isEmpty()) {
      throw notOne(words);
    }
    return new IdMapping(uids, gids);
  }

  private static List<Range> ranges(String text, String words) {
    List<Range> ranges = new ArrayList<>();
    for (String range : text.split("#", -1)) {
      if (!range.matches("[0-9]{1,10}-[0-9]{1,10}-[0-9]{1,10}")) {
        throw notOne(words);
      }
      String[] numbers = range.split("-", -1);
      ranges.add(
          new Range(
              Long.parseLong(numbers[0]), Long.parseLong(numbers[1]), Long.parseLong(numbers[2])));
    }
    return ranges;
  }

  private static EngineException notOne(String words) {
    return invalid("not a map of ids (uids=CONTAINER-HOST-LENGTH#…;gids=…): " + words);
  }

  private static EngineException invalid(String message) {
    return new EngineException(EngineException.Kind.INVALID, message);
  }

  /** Its words. */
  @Override
  public String toString() {
    return words();
  }

  /** What {@link #parse} reads. */
  public String words() {
    return "uids=" + words(uids) + ";gids=" + words(gids);
  }

  private static String words(List<Range> ranges) {
    return ranges.stream().map(Range::words).collect(Collectors.joining("#"));
  }

  /** The option of a mount that shows its files as this mapping's container has them. */
  public String mountOption() {
    return "idmap=" + words();
  }

  /** Who a user of the container is on the host; nobody for one that it does not have. */
  public OptionalLong hostUid(long uid) {
    return toHost(uids, uid);
  }

  /** As {@link #hostUid}. */
  public OptionalLong hostGid(long gid) {
    return toHost(gids, gid);
  }

  private static OptionalLong toHost(List<Range> ranges, long id) {
    return ranges.stream()
        .filter(range -> id >= range.container && id - range.container < range.length)
        .mapToLong(range -> range.host + (id - range.container))
        .findFirst();
  }

  /** The host's id of the container's root; INVALID for a mapping without one. */
  public int rootUid() {
    return (int) hostUid(0).orElseThrow(IdMapping::noRoot);
  }

  /** As {@link #rootUid}. */
  public int rootGid() {
    return (int) hostGid(0).orElseThrow(IdMapping::noRoot);
  }

  private static EngineException noRoot() {
    return invalid("a map of ids for a container needs one for its root");
  }
}
