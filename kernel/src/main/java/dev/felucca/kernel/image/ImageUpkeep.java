package dev.felucca.kernel.image;

import dev.felucca.kernel.Digest;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/** What images take, and how it is kept in order. */
public interface ImageUpkeep {
  /**
   * Removes images that no container uses.
   *
   * @param filters {@code dangling} (true when absent: only images without a name), {@code until},
   *     {@code label}, {@code label!}; others are INVALID
   */
  Pruned prune(Map<String, List<String>> filters) throws IOException;

  /**
   * What {@link #prune} did.
   *
   * @param bytes what the layers took that are gone
   */
  record Pruned(List<Images.Removed> steps, long bytes) {}

  /** What the images take; shared layers are counted once in the total. */
  Usage usage();

  /**
   * The answer of {@link #usage}.
   *
   * @param layers bytes of all unpacked layers, each counted once
   */
  record Usage(long layers, List<ImageUsage> images) {}

  /**
   * What one image takes.
   *
   * @param shared bytes of its layers that other images have too
   * @param containers how many were made from it
   */
  record ImageUsage(ImageDetails image, long shared, int containers) {}

  /** The bytes of each layer's files, from the bottom; NOT_FOUND as for an inspection. */
  List<Long> layerSizes(String reference);

  /**
   * Reads every blob and checks its digest, and follows every reference: names to images, images to
   * configurations, manifests and layers. Reads all there is from disk; changes nothing.
   */
  Verification verify() throws IOException;

  /**
   * The answer of {@link #verify}: what was looked at, and what is wrong.
   *
   * @param problems one sentence each, empty when all is well
   */
  record Verification(int blobs, long bytes, int images, int names, List<Problem> problems) {
    /** True when nothing is wrong. */
    public boolean whole() {
      return problems.isEmpty();
    }
  }

  /**
   * Something that isn't as it should be.
   *
   * @param image the image that suffers, or the blob itself when no image needs it
   */
  record Problem(Digest image, String what) {}
}
