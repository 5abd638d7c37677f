package dev.felucca.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class ListSettingTest {
  @Test
  void commasPartWhatAFileGivesInOneText() {
    assertEquals(List.of("9.9.9.9", "8.8.4.4"), ListSetting.of("9.9.9.9, 8.8.4.4"));
    assertEquals(List.of("9.9.9.9", "8.8.4.4"), ListSetting.of("9.9.9.9", " 8.8.4.4 ", ","));
    assertEquals(List.of(), ListSetting.of(""));
    assertEquals(List.of(), ListSetting.of());
  }

  @Test
  void aPairsValueKeepsItsCommas() {
    assertEquals(
        List.of("labels=a,b", "max-size = 1m", "env=C"),
        ListSetting.pairs("labels=a,b, max-size = 1m,env=C"));
    assertEquals(List.of("labels=a,b"), ListSetting.pairs("labels=a,b"));
  }
}
