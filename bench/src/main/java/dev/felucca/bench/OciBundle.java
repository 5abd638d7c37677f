package dev.felucca.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Docker's default container as a bundle of the OCI runtime specification. */
final class OciBundle {
  private static final ObjectMapper JSON = new ObjectMapper();

  private OciBundle() {}

  /**
   * Writes {@code config.json} into {@code directory}, whose {@code rootfs} is the container's
   * root.
   *
   * @param files what Docker binds over /etc/hosts and its like: one file of each name
   * @param profile a seccomp profile in Docker's JSON, or null for none
   */
  static void write(Path directory, String id, Path files, @Nullable String profile)
      throws IOException {
    ObjectNode config;
    try (InputStream in = OciBundle.class.getResourceAsStream("config.json")) {
      config = (ObjectNode) JSON.readTree(Objects.requireNonNull(in, "config.json"));
    }
    config.put("hostname", id.substring(0, 12));
    ObjectNode linux = (ObjectNode) config.get("linux");
    linux.put("cgroupsPath", "/felucca-bench/" + id);
    for (String name : EtcFiles.NAMES) {
      ObjectNode mount = config.withArrayProperty("mounts").addObject();
      mount.put("destination", "/etc/" + name).put("type", "bind");
      mount.put("source", files.resolve(name).toString());
      mount.putArray("options").add("rbind").add("rprivate");
    }
    if (profile != null) {
      JsonNode granted = config.at("/process/capabilities/bounding");
      linux.set("seccomp", OciSeccomp.resolve(JSON.readTree(profile), granted));
    }
    Files.write(directory.resolve("config.json"), JSON.writeValueAsBytes(config));
  }
}
