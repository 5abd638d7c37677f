package dev.felucca.isolation.user;

import dev.felucca.kernel.EngineException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Finds who a process is to run as, by Docker's rules, in the text of a container's passwd and
 * group. Lines that make no sense are passed over.
 */
public final class UserLookup {
  private final List<String[]> passwd;
  private final List<String[]> group;

  public UserLookup(String passwd, String group) {
    this.passwd = lines(passwd, 6);
    this.group = lines(group, 3);
  }

  /**
   * Resolves {@code name}, {@code uid}, {@code name:group} and so on; the empty text is root.
   *
   * @param extraGroups names or numbers
   * @throws EngineException INVALID, in Docker's words, for a name that is not there
   */
  public ResolvedUser find(String user, List<String> extraGroups) {
    int colon = user.indexOf(':');
    String name = colon < 0 ? user : user.substring(0, colon);
    String groupName = colon < 0 ? "" : user.substring(colon + 1);
    String wanted = name.isEmpty() ? "0" : name;
    Optional<String[]> entry =
        passwd.stream().filter(e -> e[0].equals(wanted) || e[2].equals(wanted)).findFirst();
    int uid =
        entry
            .map(e -> number(e[2]).orElseThrow())
            .orElseGet(
                () ->
                    id(wanted)
                        .orElseThrow(
                            () ->
                                invalid(
                                    "unable to find user "
                                        + wanted
                                        + ": no matching entries in passwd file")));
    int gid = entry.flatMap(e -> number(e[3]).stream().boxed().findFirst()).orElse(0);
    Set<Integer> groups = new LinkedHashSet<>();
    if (!groupName.isEmpty()) {
      gid = group(groupName);
    }
    groups.add(gid);
    if (groupName.isEmpty() && entry.isPresent()) {
      groups.addAll(memberships(entry.get()[0]));
    }
    extraGroups.forEach(extra -> groups.add(group(extra)));
    String home = entry.map(e -> e[5]).filter(h -> !h.isEmpty()).orElse("/");
    return new ResolvedUser(uid, gid, new ArrayList<>(groups), home);
  }

  private int group(String name) {
    Optional<String[]> entry =
        group.stream().filter(e -> e[0].equals(name) || e[2].equals(name)).findFirst();
    return entry
        .map(e -> number(e[2]).orElseThrow())
        .orElseGet(
            () ->
                id(name)
                    .orElseThrow(
                        () ->
                            invalid(
                                "unable to find group "
                                    + name
                                    + ": no matching entries in group file")));
  }

  private List<Integer> memberships(String user) {
    List<Integer> ids = new ArrayList<>();
    for (String[] entry : group) {
      if (entry.length > 3 && List.of(entry[3].split(",", -1)).contains(user)) {
        ids.add(number(entry[2]).orElseThrow());
      }
    }
    return ids;
  }

  private static OptionalInt id(String text) {
    if (!text.matches("-?[0-9]+")) {
      return OptionalInt.empty();
    }
    OptionalInt number = number(text);
    if (number.isEmpty()) {
      throw invalid("uids and gids must be in range 0-2147483647");
    }
    return number;
  }

  private static OptionalInt number(String text) {
    try {
      int number = Integer.parseInt(text);
      return number < 0 || text.startsWith("+") ? OptionalInt.empty() : OptionalInt.of(number);
    } catch (NumberFormatException e) {
      return OptionalInt.empty();
    }
  }

  private static List<String[]> lines(String text, int fields) {
    List<String[]> lines = new ArrayList<>();
    for (String line : text.split("\n", -1)) {
      String[] parts = line.trim().split(":", -1);
      if (parts.length >= fields && number(parts[2]).isPresent()) {
        lines.add(parts);
      }
    }
    return lines;
  }

  private static EngineException invalid(String message) {
    return new EngineException(EngineException.Kind.INVALID, message);
  }
}
