package dev.felucca.engine.image;

import dev.felucca.kernel.Digest;
import dev.felucca.kernel.EngineException;
import dev.felucca.kernel.image.ImageUpkeep.Problem;
import dev.felucca.kernel.image.ImageUpkeep.Verification;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;

/** Reads everything that images are made of and says what isn't as it should be. */
final class Verifier {
  private static final int CHUNK = 1 << 18;
  private final ImageCore core;
  private final List<Problem> problems = new ArrayList<>();
  private final Set<Digest> sound = new HashSet<>();
  private long bytes;

  Verifier(ImageCore core) {
    this.core = core;
  }

  Verification run() throws IOException {
    List<Digest> blobs = new ArrayList<>();
    core.content.walk(blobs::add);
    for (Digest blob : blobs) {
      blob(blob);
    }
    int images = 0;
    for (ImageRecord image : core.images.images()) {
      images++;
      image(image);
    }
    int names = 0;
    for (ReferenceRecord name : core.images.references()) {
      names++;
      if (core.images.image(name.image()).isEmpty()) {
        problem(name.image(), "name " + name.name() + " is of an image that is not here");
      }
    }
    if (core.images.hasDamaged()) {
      problems.add(
          new Problem(
              Digest.sha256(new byte[0]), "a file of an image was damaged and moved aside"));
    }
    return new Verification(blobs.size(), bytes, images, names, List.copyOf(problems));
  }

  private void problem(Digest image, String what) {
    problems.add(new Problem(image, what));
  }

  private void blob(Digest blob) throws IOException {
    MessageDigest hash = core.hashes.of(blob);
    long size = 0;
    try (InputStream in = Channels.newInputStream(core.content.open(blob))) {
      byte[] chunk = new byte[CHUNK];
      for (int n; (n = in.read(chunk)) >= 0; ) {
        hash.update(chunk, 0, n);
        size += n;
      }
    } catch (EngineException e) {
      if (e.kind() == EngineException.Kind.NOT_FOUND) {
        return; // removed with its image while we were reading others
      }
      throw e;
    }
    bytes += size;
    String actual = HexFormat.of().formatHex(hash.digest());
    if (actual.equals(blob.hex())) {
      sound.add(blob);
    } else {
      problem(blob, "content of blob " + blob + " is damaged: its digest is " + actual);
    }
  }

  private void image(ImageRecord image) throws IOException {
    need(image, image.id(), "configuration");
    if (image.manifest() != null) {
      need(image, image.manifest().digest(), "manifest");
    }
    for (ImageRecord.Layer layer : image.layers()) {
      Digest digest = layer.blob().digest();
      if (need(image, digest, "layer")
          && core.content.size(digest).orElse(-1L) != layer.blob().size()) {
        problem(image.id(), "layer " + digest + " has another size than is written down");
      }
    }
    if (sound.contains(image.id())) {
      try {
        List<Digest> diffIds =
            ImageConfigs.parse(Blobs.read(core.content, image.id()), "image").diffIds();
        if (!diffIds.equals(image.diffIds())) {
          problem(image.id(), "its layers are not those of its configuration");
        }
      } catch (EngineException e) {
        problem(image.id(), String.valueOf(e.getMessage()));
      }
    }
  }

  private boolean need(ImageRecord image, Digest blob, String what) throws IOException {
    if (core.content.size(blob).isPresent()) {
      return true;
    }
    if (core.images.image(image.id()).isPresent()) {
      problem(image.id(), what + " " + blob + " is missing");
    }
    return false;
  }
}
