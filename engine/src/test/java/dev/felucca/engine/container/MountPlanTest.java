package dev.felucca.engine.container;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.EngineException.Kind;
import dev.felucca.kernel.IdMapping;
import dev.felucca.kernel.container.ContainerConfig;
import dev.felucca.kernel.container.HostConfig;
import dev.felucca.kernel.container.MountPoint;
import dev.felucca.kernel.container.MountRequest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MountPlanTest {
  @TempDir Path there;

  private final ContainerConfig.Builder config = ContainerConfig.builder();
  private final HostConfig.Builder host = HostConfig.builder();
  private final List<MountPoint> from = new ArrayList<>();

  private List<PlannedMount> plan() {
    return MountPlan.decide(config.build(), host.build(), from);
  }

  private MountPoint only() {
    List<PlannedMount> plan = plan();
    assertEquals(1, plan.size());
    return plan.get(0).mount();
  }

  private static MountRequest request(String type, Consumer<Fields> change) {
    Fields fields = new Fields();
    change.accept(fields);
    return new MountRequest(
        type,
        fields.source,
        fields.target,
        fields.readOnly,
        "",
        fields.propagation,
        fields.nonRecursive,
        false,
        fields.submountsWritable,
        fields.forced,
        false,
        Map.of(),
        "",
        Map.of(),
        type.equals("image") ? "" : fields.subpath,
        type.equals("image") ? fields.subpath : "",
        fields.size,
        fields.mode,
        fields.options);
  }

  private static final class Fields {
    String source = "";
    String target = "/t";
    boolean readOnly;
    String propagation = "";
    boolean nonRecursive;
    boolean submountsWritable;
    boolean forced;
    String subpath = "";
    Long size;
    Integer mode;
    List<List<String>> options = List.of();
  }

  private void assertRefused(String words) {
    EngineException refusal = assertThrows(EngineException.class, this::plan);
    assertEquals(Kind.INVALID, refusal.kind());
    assertEquals(words, refusal.getMessage());
  }

  @Test
  void shortFormsAreBindsVolumesAndUnnamedVolumes() {
    host.binds = List.of("/src/../host:/a/./b:ro,z", "data:/c", "/d");
    List<PlannedMount> plan = plan();
    assertEquals(
        List.of("volume data /c", "volume  /d", "bind  /a/b"),
        plan.stream()
            .map(each -> each.mount())
            .map(mount -> mount.type() + " " + mount.name() + " " + mount.destination())
            .toList());
    MountPoint bind = plan.get(2).mount();
    assertEquals("/host", bind.source());
    assertEquals("ro,z", bind.mode());
    assertEquals(false, bind.writable());
    assertEquals("rprivate", bind.propagation());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "a:b:c:d|invalid volume specification: 'a:b:c:d'",
        "/a:|invalid volume specification: '/a:'",
        "/a:/b:bad|invalid mode: bad",
        "/a:/b:ro,rw|invalid mode: ro,rw",
        "/a:/b:nocopy|invalid mode: nocopy",
        "/a:/b:idmaps|invalid mode: idmaps",
        "data:/b:idmap|invalid mode: idmap",
        "data:/b:rshared|invalid mode: rshared",
        "/a:b|invalid volume specification: '/a:b': invalid mount config: invalid mount path: 'b'"
            + " mount path must be absolute",
        "/a:/|invalid volume specification: '/a:/': invalid mount config: invalid specification:"
            + " destination can't be '/'",
      })
  void shortFormsThatCannotBeAreRefusedInDockersWords(String bind, String words) {
    host.binds = List.of(bind);
    assertRefused(words);
  }

  @Test
  void aPlaceIsTakenOnce() {
    host.binds = List.of("/a:/t", "/b:/t/");
    assertRefused("Duplicate mount point: /t");
  }

  @Test
  void parentsGoBeforeWhatIsMountedOnThem() {
    host.binds = List.of("/x:/a/b/c", "v:/a", "/y:/a/b");
    host.tmpfs = Map.of("/z", "");
    assertEquals(
        List.of("/a", "/z", "/a/b", "/a/b/c"), plan().stream().map(PlannedMount::target).toList());
  }

  @Test
  void anythingWinsOverWhatIsTakenFromOthersAndThatOverTheImage() {
    from.add(new MountPoint("volume", "theirs", "/v/theirs", "/a", "local", "z", true, ""));
    from.add(new MountPoint("volume", "also", "/v/also", "/b", "local", "z", true, ""));
    host.binds = List.of("mine:/a");
    config.volumes = Set.of("/a", "/b", "/c");
    assertEquals(
        List.of("mine", "also", ""), plan().stream().map(each -> each.mount().name()).toList());
  }

  @Test
  void whatAClientTakesForADriveIsAPlaceFromTheRoot() {
    config.volumes = Set.of("x:/x", "rel/../at");
    assertEquals(
        List.of("/at", "/x:/x"), plan().stream().map(PlannedMount::target).sorted().toList());
  }

  @Test
  void longFormsOfBindsSayHowFarDownTheyReach() {
    host.mounts =
        List.of(
            request(
                "bind",
                f -> {
                  f.source = there.toString();
                  f.readOnly = true;
                }));
    assertEquals(
        List.of("rbind", "rro", "rprivate"), MountWords.mount(only(), null).mount().options());
    host.mounts =
        List.of(
            request(
                "bind",
                f -> {
                  f.source = there.toString();
                  f.readOnly = true;
                  f.submountsWritable = true;
                  f.propagation = "rslave";
                }));
    assertEquals(
        List.of("rbind", "ro", "rslave"), MountWords.mount(only(), null).mount().options());
    host.mounts =
        List.of(
            request(
                "bind",
                f -> {
                  f.source = there.toString();
                  f.nonRecursive = true;
                }));
    assertEquals(List.of("bind", "rprivate"), MountWords.mount(only(), null).mount().options());
  }

  @Test
  void aBindOfTheFirstEnginesIsReadAsItWasMeant() {
    MountPoint old = new MountPoint("bind", "", "/a", "/t", "", "nonrecursive", true, "rprivate");
    assertEquals(List.of("bind", "rprivate"), MountWords.mount(old, null).mount().options());
  }

  @Test
  void aSubpathIsLookedUpBelowItsVolume() {
    host.mounts =
        List.of(
            request(
                "volume",
                f -> {
                  f.source = "data";
                  f.subpath = "a/./b";
                }));
    MountPoint mount = only().ofVolume("data", "local", "/v/data");
    assertEquals(Path.of("/v/data"), MountWords.mount(mount, null).mount().base());
    assertEquals("a/b", MountWords.mount(mount, null).mount().source());
    assertEquals("/v/data", mount.source());
  }

  @Test
  void tmpfsIsNosuidNodevNoexecUnlessItSaysOtherwise() {
    host.mounts =
        List.of(
            request(
                "tmpfs",
                f -> {
                  f.size = 1048576L;
                  f.mode = 0700;
                  f.readOnly = true;
                  f.options = List.of(List.of("exec"), List.of("uid", "7"));
                }));
    assertEquals(
        List.of("nosuid", "nodev", "noexec", "ro", "mode=700", "size=1048576", "exec", "uid=7"),
        MountWords.mount(only(), null).mount().options());
  }

  @Test
  void longFormsThatCannotBeAreRefusedInDockersWords() {
    Map<MountRequest, String> refused =
        Map.of(
            request("nfs", f -> {}),
            "invalid mount config for type \"nfs\": mount type unknown",
            request("bind", f -> f.source = "/no/such"),
            "invalid mount config for type \"bind\": bind source path does not exist: /no/such",
            request("bind", f -> f.source = "rel"),
            "invalid mount config for type \"bind\": invalid mount path: 'rel' mount path must be"
                + " absolute",
            request("bind", f -> {}),
            "invalid mount config for type \"bind\": field Source must not be empty",
            request("volume", f -> f.target = ""),
            "invalid mount config for type \"volume\": field Target must not be empty",
            request("volume", f -> f.readOnly = true),
            "invalid mount config for type \"volume\": must not set ReadOnly mode when using"
                + " anonymous volumes",
            request("volume", f -> f.subpath = "a"),
            "invalid mount config for type \"volume\": must not set Subpath when using anonymous"
                + " volumes",
            request(
                "volume",
                f -> {
                  f.source = "data";
                  f.subpath = "a/../../b";
                }),
            "invalid mount config for type \"volume\": subpath must be a relative path within the"
                + " volume",
            request("tmpfs", f -> f.options = List.of(List.of("color", "red"))),
            "invalid mount config for type \"tmpfs\": invalid tmpfs option [\"color=red\"]",
            request("tmpfs", f -> f.source = "/x"),
            "invalid mount config for type \"tmpfs\": field Source must not be specified");
    refused.forEach(
        (request, words) -> {
          host.mounts = List.of(request);
          assertRefused(words);
        });
  }

  @Test
  void aBindIsShownWithTheOwnersThatAreAskedFor() {
    IdMapping users = IdMapping.parse("uids=0-100000-10;gids=0-100000-10");
    host.binds = List.of("/a:/b:ro,idmap");
    assertEquals("ro,idmap", only().mode());
    assertEquals(
        List.of("rbind", "rro", "rprivate", users.mountOption()),
        MountWords.mount(only(), users).mount().options());
    assertThrows(EngineException.class, () -> MountWords.mount(only(), null));
    String own = "idmap=uids=0-5-1;gids=0-6-1";
    host.binds = List.of("/a:/b:" + own);
    assertEquals(
        List.of("rbind", "rprivate", own), MountWords.mount(only(), users).mount().options());
    assertEquals(List.of("rbind", own), MountWords.view(only(), null).options());
  }
}
