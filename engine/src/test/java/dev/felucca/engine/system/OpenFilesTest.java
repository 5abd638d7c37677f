package dev.felucca.engine.system;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class OpenFilesTest {
  private static Optional<String> warning(String soft, String hard) {
    return OpenFiles.warning(
        List.of(
            "Limit                     Soft Limit           Hard Limit           Units     ",
            "Max processes             95914                95914                processes ",
            "Max open files            " + soft + "                 " + hard + "      files     "));
  }

  @Test
  void aLimitBelowAThousandContainersIsWarnedOf() {
    assertEquals(
        Optional.of(
            "WARNING: the engine may have 1024 files open (ulimit -n): a thousand containers take up to 18000"),
        warning("1024", "524288"));
  }

  @Test
  void aLimitThatIsEnoughIsNot() {
    assertEquals(Optional.empty(), warning("18000", "18000"));
    assertEquals(Optional.empty(), warning("unlimited", "unlimited"));
    assertEquals(Optional.empty(), OpenFiles.warning(List.of()));
  }
}
