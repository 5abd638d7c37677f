package dev.felucca.linux.mount;

import static dev.felucca.linux.LinuxMounts.MS_BIND;
import static dev.felucca.linux.LinuxMounts.MS_NOATIME;
import static dev.felucca.linux.LinuxMounts.MS_NOSUID;
import static dev.felucca.linux.LinuxMounts.MS_PRIVATE;
import static dev.felucca.linux.LinuxMounts.MS_RDONLY;
import static dev.felucca.linux.LinuxMounts.MS_REC;
import static dev.felucca.linux.LinuxMounts.MS_RELATIME;
import static dev.felucca.linux.LinuxMounts.MS_REMOUNT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class MountOptionsTest {
  @Test
  void wordsBecomeFlagsPropagationAndData() {
    MountOptions options =
        MountOptions.parse(List.of("rbind", "ro", "nosuid", "rprivate", "size=64m", "mode=1777"));
    assertEquals(MS_BIND | MS_REC | MS_RDONLY | MS_NOSUID, options.flags());
    assertEquals(MS_PRIVATE | MS_REC, options.propagation());
    assertEquals("size=64m,mode=1777", options.dataString());
  }

  @Test
  void aLaterWordOverridesAnEarlierOne() {
    assertEquals(0, MountOptions.parse(List.of("ro", "nosuid", "rw", "suid")).flags());
    assertEquals(MS_RELATIME, MountOptions.parse(List.of("noatime", "relatime")).flags());
    assertEquals(MS_NOATIME, MountOptions.parse(List.of("strictatime", "noatime")).flags());
  }

  @Test
  void onlyABindWithAttributesNeedsASecondCall() {
    assertEquals(0, MountOptions.parse(List.of("bind")).remountFlags());
    assertEquals(0, MountOptions.parse(List.of("ro")).remountFlags());
    assertEquals(
        MS_BIND | MS_REMOUNT | MS_RDONLY,
        MountOptions.parse(List.of("rbind", "ro")).remountFlags());
  }

  @Test
  void overlayLayersAreGivenOneByOneWithTheirFullPaths() {
    assertEquals(
        List.of("index=off", "lowerdir+=/r/1/fs", "lowerdir+=/abs", "upperdir=/r/2/fs"),
        LayeredOptions.absolute(
            List.of("index=off", "lowerdir=1/fs:/abs", "upperdir=2/fs"), Path.of("/r")));
    assertTrue(MountOptions.parse(List.of("", "defaults")).data().isEmpty());
  }
}
