package dev.felucca.engine.filter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.felucca.kernel.EngineException;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class ExpressionTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "web", "^/?web[0-9]{1,3}$", "b", "a*", "a", "(a|b)*c?", "(a+)+$", "(?:web|db)-\\d+", "^$",
            "", "x|", "[^a-z]",
        "[]a]", "[^]a]", "[a&&b]", "\\bweb\\b", "\\Bb", "a{2}", "a{2,}", "a{0,3}$", "(a{2}b?)+c",
            ".", "w.b", "\\.",
        "(?i)WEB", "a**", "a+?", "{", "a{x}", "[[:alpha:]]+1", "[\\d-]+", "(a|ab)(c|bcd)(d*)$",
            "((a)|b)+?$"
      })
  void whatJavaFindsIsFound(String regex) {
    Pattern java =
        Pattern.compile(
            regex
                .replace("[]a", "[\\]a")
                .replace("[^]a", "[^\\]a")
                .replace("&&", "&\\&")
                .replace("a**", "a*")
                .replaceAll("\\{(?!\\d)", "\\\\{")
                .replace("[:alpha:]", "\\p{Alpha}"));
    Expression ours = new Expression(regex, "name");
    for (String text :
        List.of(
            "",
            "a",
            "aa",
            "aaab",
            "web",
            "/web12",
            "db-7x",
            "my web.b",
            "aabaac",
            "abcd",
            "x{",
            "a{x}",
            "&",
            "]",
            "WEB")) {
      assertEquals(java.matcher(text).find(), ours.finds(text), regex + " in " + text);
      assertEquals(java.matcher(text).matches(), ours.matches(text), regex + " is " + text);
    }
  }

  @Test
  void nothingTakesForEver() {
    String name = "a".repeat(200);
    for (String regex :
        List.of("(a|b)*".repeat(3000) + "c", "(a|aa)+b", "[^/]*a".repeat(150) + "b", "((a*)*)*b")) {
      try {
        assertFalse(new Expression(regex, "name").finds(name));
      } catch (EngineException e) {
        assertEquals(EngineException.Kind.INVALID, e.kind());
      }
    }
    assertTrue(new Expression("(a|b)*".repeat(50), "name").matches(name));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "(",
        ")",
        "a)",
        "[",
        "[z-a]",
        "*",
        "+a",
        "\\",
        "a{1001}",
        "((){999}){999}{999}{999}",
        "(?<",
        "[[:none:]]"
      })
  void whatIsNoneIsRefused(String regex) {
    EngineException refusal =
        assertThrows(EngineException.class, () -> new Expression(regex, "name").finds("a"));
    assertEquals(EngineException.Kind.INVALID, refusal.kind());
    assertThrows(
        EngineException.class, () -> new Expression("(".repeat(20_000) + ")".repeat(20_000), "x"));
  }
}
