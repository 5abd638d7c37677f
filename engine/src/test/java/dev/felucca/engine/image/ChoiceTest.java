package dev.felucca.engine.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.felucca.engine.image.TestImages.Made;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.Platform;
import dev.felucca.kernel.image.ImageDetails;
import dev.felucca.kernel.image.PullRequest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which image a reference means, and what isn't one. */
class ChoiceTest extends OnBench {
  private static final String LIST = "application/vnd.docker.distribution.manifest.list.v2+json";

  @Test
  void anIndexGivesTheImageOfThePlatform() throws IOException {
    Made amd = made("amd64", 1);
    Made v6 = made("arm", 2);
    Made v7 = made("arm", 3);
    Made arm64 = made("arm64", 4);
    Made attestation = made("unknown", 5);
    index(
        TestImages.entry(attestation, TestImages.MANIFEST, "unknown", null),
        TestImages.entry(v6, TestImages.MANIFEST, "arm", "v6"),
        TestImages.entry(v7, TestImages.MANIFEST, "arm", "v7"),
        TestImages.entry(arm64, TestImages.MANIFEST, "arm64", "v8"),
        TestImages.entry(amd, TestImages.MANIFEST, "amd64", null));
    assertEquals(amd.id(), pull("linux/amd64").id());
    assertEquals(arm64.id(), pull("linux/arm64").id());
    assertEquals(v7.id(), pull("linux/arm/v7").id());
    assertEquals(v6.id(), pull("linux/arm/v6").id());
    assertEquals(v7.id(), pull("linux/arm").id());
  }

  @Test
  void anOlderVariantRunsOnANewerProcessorOnly() throws IOException {
    Made v6 = made("arm", 2);
    Made v7 = made("arm", 3);
    index(TestImages.entry(v6, TestImages.MANIFEST, "arm", "v6"));
    assertEquals(v6.id(), pull("linux/arm/v7").id());
    index(TestImages.entry(v7, TestImages.MANIFEST, "arm", "v7"));
    assertEquals(
        "no matching manifest for linux/arm/v6 in the manifest list entries",
        refused("linux/arm/v6"));
  }

  @Test
  void indexesMayBeNested() throws IOException {
    Made amd = made("amd64", 1);
    String inner = TestImages.index(TestImages.entry(amd, TestImages.MANIFEST, "amd64", null));
    var digest = bench.registry.manifest("app", null, TestImages.INDEX, inner);
    index(TestImages.descriptor(TestImages.INDEX, digest, inner.length()));
    assertEquals(amd.id(), pull("linux/amd64").id());
  }

  @Test
  void theDigestOfAnIndexIsTheOneShown() throws IOException {
    Made amd = made("amd64", 1);
    String json = TestImages.index(TestImages.entry(amd, TestImages.MANIFEST, "amd64", null));
    var digest =
        bench.registry.manifest("app", "latest", LIST, json.replace(TestImages.INDEX, LIST));
    assertEquals(
        bench.registry.address() + "/app@" + digest, pull("linux/amd64").repoDigests().get(0));
  }

  @Test
  void anImageOfAnotherPlatformIsPulledWithAWarningWhenOneIsAskedFor() throws IOException {
    TestImages.put(
        bench.registry,
        "app",
        "latest",
        TestImages.config("arm64", "2026-01-01T00:00:00Z", TestImages.layers(1)),
        TestImages.layers(1));
    List<String> lines = new ArrayList<>();
    ImageDetails image =
        bench.images.pull(
            new PullRequest(bench.reference("app:latest"), Platform.parse("linux/amd64"), null),
            step -> lines.add(step.status()));
    assertEquals("arm64", image.platform().architecture());
    assertTrue(
        lines
            .get(lines.size() - 1)
            .endsWith(
                "was found but its platform (linux/arm64) does not match the specified platform"
                    + " (linux/amd64)"),
        lines.toString());
  }

  @Test
  void schemaOneIsRefusedClearly() {
    bench.registry.manifest(
        "app",
        "latest",
        "application/vnd.docker.distribution.manifest.v1+prettyjws",
        "{\"schemaVersion\":1,\"name\":\"app\",\"fsLayers\":[]}");
    assertTrue(refused(null).contains("schema 1 support has been removed"));
  }

  @Test
  void anArtefactIsRefusedByItsType() {
    String config = "application/vnd.cncf.helm.config.v1+json";
    bench.registry.manifest(
        "app",
        "latest",
        TestImages.MANIFEST,
        "{\"schemaVersion\":2,\"config\":"
            + TestImages.descriptor(config, bench.registry.blob(new byte[2]), 2)
            + ",\"layers\":[]}");
    assertTrue(refused(null).endsWith("is not a container image: it is \"" + config + "\""));
  }

  @Test
  void rubbishIsRefusedAndNotTakenForAnImage() {
    for (String json :
        new String[] {
          "",
          "[]",
          "{",
          "{}",
          "null",
          "{\"schemaVersion\":2,\"layers\":3}",
          "{\"schemaVersion\":2,\"layers\":[{}],\"config\":{\"digest\":\"x\",\"size\":1}}",
          "{\"a\":".repeat(5000)
        }) {
      bench.registry.manifest("app", "latest", "application/json", json);
      assertEquals(
          EngineException.Kind.INVALID,
          assertThrows(EngineException.class, () -> bench.pull("app"), json).kind());
    }
  }

  private Made made(String architecture, int seed) throws IOException {
    var layers = List.of(TestImages.gzip(TestImages.bytes(seed, 1000)));
    return TestImages.put(
        bench.registry,
        "app",
        null,
        TestImages.config(architecture, "2026-01-01T00:00:00Z", layers),
        layers);
  }

  private void index(String... entries) {
    bench.registry.manifest("app", "latest", TestImages.INDEX, TestImages.index(entries));
  }

  private ImageDetails pull(String platform) throws IOException {
    return bench.images.pull(
        new PullRequest(
            bench.reference("app:latest"),
            platform == null ? null : Platform.parse(platform),
            null),
        step -> {});
  }

  private String refused(String platform) {
    return assertThrows(EngineException.class, () -> pull(platform)).getMessage();
  }
}
