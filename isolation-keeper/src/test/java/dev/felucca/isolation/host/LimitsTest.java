package dev.felucca.isolation.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.isolation.Resources;
import dev.felucca.kernel.isolation.Resources.DeviceRate;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LimitsTest {
  @ParameterizedTest
  @ValueSource(strings = {"", "/", "/dev/null", "/dev/none", "/dev/\0", "\ud800"})
  void ratesAreForBlockDevicesOnly(String path) {
    Resources none = Resources.NONE;
    Resources asked =
        new Resources(
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            none.blkioWeightDevice(),
            List.of(new DeviceRate(path, 1)),
            none.blkioWriteBps(),
            none.blkioReadIops(),
            none.blkioWriteIops());
    EngineException refusal = assertThrows(EngineException.class, () -> Limits.of(asked));
    assertEquals(EngineException.Kind.INVALID, refusal.kind(), refusal.getMessage());
  }
}
